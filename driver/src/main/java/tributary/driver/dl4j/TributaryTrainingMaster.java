package tributary.driver.dl4j;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.core.loader.DataSetLoader;
import org.deeplearning4j.core.loader.MultiDataSetLoader;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.api.TrainingResult;
import org.deeplearning4j.spark.api.TrainingWorker;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;
import tributary.datasets.minibatch.ArrayExamples;
import tributary.driver.conf.Settings;
import tributary.driver.run.ReplicaSetups;
import tributary.driver.spark.SparkContexts;
import tributary.worker.engine.EngineSettings;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;

/**
 * Trains DL4J's Spark networks by Tributary's rounds: {@code new SparkDl4jMultiLayer(sc, conf, new
 * TributaryTrainingMaster.Builder().replicas(2).build())}. Each {@code fit} is an epoch: every
 * example of the RDD is used once, in an order that follows from the seed and the epoch; replicas
 * are averaged in their order, weighted by what they trained, and the result is the same to the bit
 * on any cluster, however the RDD is cut, if the order of its examples is.
 *
 * <p>The RDD's examples are written to files at the first {@code fit}, and used again for the same
 * RDD; they must have one shape, one array of labels and no masks. DL4J's listeners are told of
 * each round on the driver: the number of steps, and the round's mean loss as score. The context
 * must have Spark's default serializer, as Kryo cannot write records.
 */
public final class TributaryTrainingMaster
    implements TrainingMaster<TrainingResult, TrainingWorker<TrainingResult>> {
  private final Settings settings;
  private final String exportFolder;
  private final List<TrainingListener> listeners = new ArrayList<>();
  private Exported exported;

  /** The network that is known to take what is exported; null if none is. */
  private ModelConfiguration trainable;

  private TributaryTrainingMaster(Settings settings, String exportFolder) {
    this.settings = settings;
    this.exportFolder = exportFolder;
  }

  /** An RDD, among those of all contexts that this process may have one after the other. */
  private record RddId(String application, int number) {
    static RddId of(JavaSparkContext spark, JavaRDD<?> rdd) {
      return new RddId(spark.sc().applicationId(), rdd.id());
    }
  }

  /** What an RDD was written to. */
  private record Exported(RddId rdd, FileSystem fs, ArrayExamples examples) {}

  /** How to train; what is not set is as in {@code conf/tributary.yaml}. */
  public static final class Builder {
    private final List<String> overrides = new ArrayList<>();
    private String exportFolder;

    /** Model copies that are averaged, however many executors there are. */
    public Builder replicas(int replicas) {
      return set("training.replicas", replicas);
    }

    /** Optimizer steps of each replica between two averages. */
    public Builder localSteps(int steps) {
      return set("training.local-steps", steps);
    }

    /** Examples per step of one replica, however many a DataSet of the RDD holds. */
    public Builder minibatchSize(int examples) {
      return set("training.minibatch-size", examples);
    }

    /** What computes. */
    public Builder engine(EngineSettings.Type engine) {
      return set("engine.type", engine.name().toLowerCase(Locale.ROOT));
    }

    /** Everything random follows from it; 1 or more. */
    public Builder seed(long seed) {
      return set("training.seed", seed);
    }

    /**
     * A folder that all executors share, for the RDD's examples (default: Spark's {@code
     * hadoop.tmp.dir} on the default file system, as DL4J has it).
     */
    public Builder exportFolder(String folder) {
      this.exportFolder = folder;
      return this;
    }

    /**
     * The training master.
     *
     * @throws tributary.driver.conf.ConfigurationException naming every value out of range
     */
    public TributaryTrainingMaster build() {
      return new TributaryTrainingMaster(Settings.of(List.of(), overrides), exportFolder);
    }

    private Builder set(String key, Object value) {
      overrides.add(key + "=" + value);
      return this;
    }
  }

  @Override
  public void executeTraining(SparkDl4jMultiLayer network, JavaRDD<DataSet> data) {
    train(network.getSparkContext(), TrainedNet.of(network.getNetwork()), data, data);
    network.setScore(network.getNetwork().score());
  }

  @Override
  public void executeTraining(SparkComputationGraph network, JavaRDD<DataSet> data) {
    train(network, data, data);
  }

  @Override
  public void executeTrainingMDS(SparkComputationGraph network, JavaRDD<MultiDataSet> data) {
    train(network, data.map(TributaryTrainingMaster::single), data);
  }

  private static DataSet single(MultiDataSet sets) throws DataException {
    if (sets.numFeatureArrays() != 1 || sets.numLabelsArrays() != 1 || sets.hasMaskArrays()) {
      throw new DataException(
          Checks.format(
              "A MultiDataSet of the RDD has %d arrays of features and %d of labels%s; expected one"
                  + " of each and no masks",
              sets.numFeatureArrays(),
              sets.numLabelsArrays(),
              sets.hasMaskArrays() ? ", and masks" : ""));
    }
    return new DataSet(sets.getFeatures(0), sets.getLabels(0));
  }

  private void train(SparkComputationGraph network, JavaRDD<DataSet> data, JavaRDD<?> given) {
    ComputationGraph graph = network.getNetwork();
    if (graph.getNumInputArrays() != 1 || graph.getNumOutputArrays() != 1) {
      throw new ModelException(
          Checks.format(
              "The graph has %d inputs and %d outputs: TributaryTrainingMaster trains those with one"
                  + " of each",
              graph.getNumInputArrays(), graph.getNumOutputArrays()));
    }
    train(network.getSparkContext(), TrainedNet.of(graph), data, given);
    network.setScore(graph.score());
  }

  @Override
  public void executeTrainingPaths(
      SparkDl4jMultiLayer network,
      SparkComputationGraph graph,
      JavaRDD<String> paths,
      DataSetLoader loader,
      MultiDataSetLoader multiLoader) {
    throw new UnsupportedOperationException(
        "TributaryTrainingMaster trains on a JavaRDD<DataSet>: load the paths into one");
  }

  /**
   * An epoch.
   *
   * @param data the examples
   * @param given the RDD that they come from: as long as it is the same, so are they
   */
  private synchronized void train(
      JavaSparkContext spark, TrainedNet net, JavaRDD<DataSet> data, JavaRDD<?> given) {
    SparkContexts.requireJavaSerializer(spark);
    try {
      RddId rdd = RddId.of(spark, given);
      if (exported == null || !exported.rdd().equals(rdd)) {
        deleteExported();
        exported = new Exported(rdd, fileSystem(spark), export(spark, data));
        trainable = null;
      }
      if (!net.configuration().equals(trainable)) {
        net.requireTrainable(exported.examples(), ReplicaSetups.engine(settings));
        trainable = net.configuration();
      }
      listeners.forEach(listener -> listener.onEpochStart(net.model()));
      new RddTraining(spark, settings, listeners).epoch(net, exported.examples());
      listeners.forEach(listener -> listener.onEpochEnd(net.model()));
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) { // Scala declares none
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private Path parent(JavaSparkContext spark) {
    return new Path(
        exportFolder == null ? spark.hadoopConfiguration().get("hadoop.tmp.dir") : exportFolder);
  }

  private FileSystem fileSystem(JavaSparkContext spark) throws IOException {
    return Storage.fileSystem(parent(spark), spark.hadoopConfiguration());
  }

  /** The files go with the process at the latest, and at once if they do not become whole. */
  private ArrayExamples export(JavaSparkContext spark, JavaRDD<DataSet> data) throws IOException {
    FileSystem fs = fileSystem(spark);
    Path folder = fs.makeQualified(new Path(parent(spark), "tributary-" + UUID.randomUUID()));
    fs.mkdirs(folder);
    fs.deleteOnExit(folder); // of a folder that is there alone
    boolean whole = false;
    try {
      ArrayExamples examples = DataSetFiles.write(data, folder.toString(), spark);
      whole = true;
      return examples;
    } finally {
      if (!whole) {
        fs.delete(folder, /* recursive= */ true);
      }
    }
  }

  private synchronized void deleteExported() throws IOException {
    if (exported != null) {
      exported.fs().delete(new Path(exported.examples().folder()), /* recursive= */ true);
      exported = null;
    }
  }

  @Override
  public boolean deleteTempFiles(JavaSparkContext spark) {
    try {
      deleteExported();
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot delete exported examples: " + e.getMessage(), e);
    }
  }

  @Override
  public boolean deleteTempFiles(SparkContext spark) {
    return deleteTempFiles(JavaSparkContext.fromSparkContext(spark));
  }

  @Override
  public void setListeners(Collection<TrainingListener> added) {
    listeners.clear();
    listeners.addAll(added);
  }

  @Override
  public void setListeners(StatsStorageRouter router, Collection<TrainingListener> added) {
    if (router != null) {
      throw new UnsupportedOperationException(
          "TributaryTrainingMaster routes no statistics: give listeners alone");
    }
    setListeners(added);
  }

  @Override
  public void addHook(TrainingHook hook) {
    throw new UnsupportedOperationException(
        "TributaryTrainingMaster has no hooks around single steps; listeners are told of rounds");
  }

  @Override
  public void removeHook(TrainingHook hook) {}

  @Override
  public void setCollectTrainingStats(boolean collect) {
    if (collect) {
      throw new UnsupportedOperationException(
          "TributaryTrainingMaster collects no SparkTrainingStats; Spark's own user interface has"
              + " each round");
    }
  }

  @Override
  public boolean getIsCollectTrainingStats() {
    return false;
  }

  @Override
  public SparkTrainingStats getTrainingStats() {
    return null;
  }

  @Override
  public TrainingWorker<TrainingResult> getWorkerInstance(SparkDl4jMultiLayer network) {
    throw noWorkers();
  }

  @Override
  public TrainingWorker<TrainingResult> getWorkerInstance(SparkComputationGraph network) {
    throw noWorkers();
  }

  private static UnsupportedOperationException noWorkers() {
    return new UnsupportedOperationException(
        "TributaryTrainingMaster has no DL4J workers: its replicas live on the executors");
  }

  @Override
  public String toJson() {
    throw new UnsupportedOperationException("TributaryTrainingMaster has no JSON: see toYaml()");
  }

  /** The settings, as {@code conf/tributary.yaml} has them. */
  @Override
  public String toYaml() {
    return settings.toYaml();
  }
}
