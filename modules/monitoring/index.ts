export { DEFAULTS, Monitoring, type MonitoringProps, type WatchedQueue } from "./monitoring";
export { Topic, type TopicProps } from "./topic";
