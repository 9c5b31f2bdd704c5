"""The local AWS: moto answers the API, engines behind it do the work that moto only pretends."""
