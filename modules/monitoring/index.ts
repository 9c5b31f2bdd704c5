export { DEFAULTS, Monitoring, type MonitoringProps, type TopicSubscriptions } from "./monitoring";
export type { Subscription } from "./subscription";
export { Topic, type TopicProps, type TopicSource } from "./topic";
