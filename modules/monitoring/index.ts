export { DEFAULTS, Monitoring, type MonitoringProps } from "./monitoring";
export { Topic, type TopicProps } from "./topic";
export { TopicsKey } from "./topics-key";
