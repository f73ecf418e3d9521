package tributary.worker.model;

/** A network of the literature: one small class each, found by name in {@link Zoo}. */
interface ZooModel {
  /** The configuration for the given input and classes. */
  ModelConfiguration configuration(ModelOptions options);
}
