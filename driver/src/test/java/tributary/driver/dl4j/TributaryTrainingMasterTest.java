package tributary.driver.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.serializer.JavaSerializer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.Seeds;
import tributary.driver.round.LocalSpark;
import tributary.worker.engine.EngineSettings;

/** DL4J's Spark networks, trained by our rounds. */
@Timeout(120)
class TributaryTrainingMasterTest {
  private static final int EXAMPLES = 96;

  @TempDir Path folder;

  @Test
  void aStepOnAllExamplesIsDl4jsOwn() {
    MultiLayerNetwork alone = new MultiLayerNetwork(stack(new Sgd(0.1)));
    alone.init();
    alone.fit(DataSet.merge(examples(1)));
    for (EngineSettings.Type engine : EngineSettings.Type.values()) {
      try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
        SparkDl4jMultiLayer net =
            new SparkDl4jMultiLayer(
                spark,
                stack(new Sgd(0.1)),
                master().replicas(1).minibatchSize(EXAMPLES).engine(engine).build());

        net.fit(spark.parallelize(examples(1), 3));

        assertThat(net.getNetwork().params().distance2(alone.params())).isLessThan(1e-5);
        assertThat(net.getScore()).isCloseTo(alone.score(), within(1e-5));
        assertThat(net.getNetwork().getIterationCount()).isEqualTo(1);
        assertThat(net.getNetwork().getEpochCount()).isEqualTo(1);
        assertThat(TrainedNet.of(net.getNetwork()).configuration())
            .as("what executors have built the network from")
            .isEqualTo(TrainedNet.of(untrained(stack(new Sgd(0.1)))).configuration());
      }
    }
  }

  @Test
  void oneTaskSlotComesToTheBitsOfTwoHoweverTheExamplesAreBatched() {
    float[] two = trained(2, examples(1), 3);
    assertThat(trained(1, examples(1), 3)).isEqualTo(two);
    assertThat(trained(2, examples(32), 3)).isEqualTo(two);
    assertThat(trained(2, examples(1), 2)).as("with two partitions").isEqualTo(two);
  }

  @Test
  void lossFallsAndListenersAreToldOfEachRound() {
    List<String> told = new ArrayList<>();
    List<Double> scores = new ArrayList<>();
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkDl4jMultiLayer net =
          new SparkDl4jMultiLayer(spark, stack(new Adam(0.01)), master().build());
      net.setListeners(
          new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
              told.add(epoch + ":" + iteration);
              scores.add(model.score());
            }
          });
      var data = spark.parallelize(examples(1), 3);
      for (int epoch = 0; epoch < 6; epoch++) {
        net.fit(data);
      }
    }
    assertThat(told.subList(0, 6)).containsExactly("0:2", "0:4", "0:6", "1:8", "1:10", "1:12");
    assertThat(scores.get(scores.size() - 1)).isLessThan(0.7 * scores.get(0));
    assertThat(folder).as("what was exported goes with the process").isNotEmptyDirectory();
  }

  @Test
  void aGraphIsTrainedAsTheStackThatItEquals() throws IOException {
    float[] stack = trained(2, examples(1), 3);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      var master = master().build();
      SparkComputationGraph net = new SparkComputationGraph(spark, graph(), master);
      net.fit(spark.parallelize(examples(1), 3));

      assertThat(net.getNetwork().params().data().asFloat()).isEqualTo(stack);
      assertThat(TrainedNet.of(net.getNetwork()).configuration())
          .as("what executors have built the network from")
          .isEqualTo(TrainedNet.of(untrained(graph())).configuration());
      assertThat(master.deleteTempFiles(spark)).isTrue();
    }
    assertThat(exported()).as("of the stack, whose master was not told to delete").hasSize(1);
  }

  @Test
  void sequencesWithAClassEachAreTrained() {
    List<DataSet> sequences = new ArrayList<>();
    for (int i = 0; i < EXAMPLES; i++) {
      INDArray side = Nd4j.zeros(1, 2);
      side.putScalar(i % 2, 1);
      sequences.add(new DataSet(Nd4j.ones(1, 3, 5).muli(i % 2 == 0 ? 1 : -1), side));
    }
    MultiLayerConfiguration stack =
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(new Adam(0.05))
            .list()
            .layer(new LSTM.Builder().nIn(3).nOut(4).build())
            .layer(new GlobalPoolingLayer(PoolingType.AVG))
            .layer(new OutputLayer.Builder().nIn(4).nOut(2).activation(Activation.SOFTMAX).build())
            .build();
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkDl4jMultiLayer net = new SparkDl4jMultiLayer(spark, stack, master().build());
      var data = spark.parallelize(sequences, 2);
      for (int epoch = 0; epoch < 4; epoch++) {
        net.fit(data);
      }
      INDArray told = net.getNetwork().output(Nd4j.ones(1, 3, 5));
      assertThat(told.getDouble(0, 0)).isGreaterThan(0.9);
    }
  }

  @Test
  void arraysOfMultiDataSetsAreWrittenOnceAndTrainedLikeDataSets() throws IOException {
    float[] stack = trained(2, examples(1), 3);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkComputationGraph net = new SparkComputationGraph(spark, graph(), master().build());
      var data = spark.parallelize(examples(1), 3).map(DataSet::toMultiDataSet);
      List<Path> before = exported();
      net.fitMultiDataSet(data);
      List<Path> first = exported();
      assertThat(net.getNetwork().params().data().asFloat()).isEqualTo(stack);
      net.fitMultiDataSet(data);
      assertThat(exported()).isEqualTo(first).hasSize(before.size() + 1);
    }
  }

  @Test
  void whatANetworkCannotBeTrainedOnIsRefusedBeforeAnyTaskTrains() {
    requireRefused(
        List.of(new DataSet(Nd4j.ones(1, 4), Nd4j.ones(1, 5))),
        "The model's output is [1, 3] for one example of [1, 4]: expected [1, 5]");
    requireRefused(
        List.of(new DataSet(Nd4j.ones(1, 2, 2, 2, 2), Nd4j.ones(1, 3))),
        "The RDD's examples have unknown shapes: features of an example must have 1 to 3");
    try (JavaSparkContext spark = LocalSpark.ofSlots(1)) {
      ComputationGraphConfiguration two =
          new NeuralNetConfiguration.Builder()
              .graphBuilder()
              .addInputs("point")
              .addLayer("one", new OutputLayer.Builder().nIn(4).nOut(3).build(), "point")
              .addLayer("other", new OutputLayer.Builder().nIn(4).nOut(3).build(), "point")
              .setOutputs("one", "other")
              .build();
      SparkComputationGraph net = new SparkComputationGraph(spark, two, master().build());
      assertThatThrownBy(() -> net.fit(spark.parallelize(examples(1), 1)))
          .hasMessageContaining("The graph has 1 inputs and 2 outputs");
    }
    assertThat(exported()).as("what was exported and then refused").hasSize(1);
  }

  @Test
  void aSerializerThatCannotWriteResultsIsRefusedByName() {
    try (JavaSparkContext spark =
        LocalSpark.ofSlots(1, Map.of("spark.serializer", Other.class.getName()))) {
      SparkDl4jMultiLayer net =
          new SparkDl4jMultiLayer(spark, stack(new Sgd(0.1)), master().build());
      assertThatThrownBy(() -> net.fit(spark.parallelize(examples(1), 1)))
          .hasMessageContaining("spark.serializer: expected org.apache.spark.serializer.Java")
          .hasMessageContaining("leave it unset");
    }
    assertThat(exported()).isEmpty();
  }

  /** Not Spark's default, and not Kryo, which DL4J itself wants a registrator for. */
  public static final class Other extends JavaSerializer {
    private static final long serialVersionUID = 1;

    /** As Spark makes it. */
    public Other(SparkConf conf) {
      super(conf);
    }
  }

  private List<Path> exported() {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> Files.isDirectory(file)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void masksAndDifferentShapesAreRefused() {
    DataSet masked = examples(1).get(0);
    masked.setLabelsMaskArray(Nd4j.ones(1, 1));
    requireRefused(List.of(masked), "A DataSet of the RDD has a mask");
    requireRefused(
        List.of(examples(1).get(0), new DataSet(Nd4j.ones(1, 5), Nd4j.ones(1, 3))),
        "The RDD's examples differ in shape: features [4] and labels [3], features [5] and labels"
            + " [3]; make them alike");
    requireRefused(List.of(), "The RDD holds no examples");
    assertThat(exported()).as("what was left").isEmpty();
  }

  private void requireRefused(List<DataSet> data, String why) {
    try (JavaSparkContext spark = LocalSpark.ofSlots(1)) {
      SparkDl4jMultiLayer net =
          new SparkDl4jMultiLayer(spark, stack(new Sgd(0.1)), master().build());
      assertThatThrownBy(() -> net.fit(spark.parallelize(data, 1))).hasMessageContaining(why);
    }
  }

  private float[] trained(int slots, List<DataSet> data, int partitions) {
    try (JavaSparkContext spark = LocalSpark.ofSlots(slots)) {
      SparkDl4jMultiLayer net =
          new SparkDl4jMultiLayer(spark, stack(new Adam(0.01)), master().build());
      net.fit(spark.parallelize(data, partitions));
      return net.getNetwork().params().data().asFloat();
    }
  }

  private TributaryTrainingMaster.Builder master() {
    return new TributaryTrainingMaster.Builder()
        .replicas(2)
        .localSteps(2)
        .minibatchSize(8)
        .seed(7)
        .exportFolder(folder.toString());
  }

  /** Points on three sides of a space of four dimensions, so many in a DataSet. */
  private static List<DataSet> examples(int batch) {
    List<DataSet> sets = new ArrayList<>();
    var random = Seeds.random(3);
    for (int i = 0; i < EXAMPLES; i++) {
      INDArray point = Nd4j.zeros(1, 4);
      for (int axis = 0; axis < 4; axis++) {
        point.putScalar(axis, random.nextDouble(-0.5, 0.5) + (axis == i % 3 ? 1 : 0));
      }
      INDArray side = Nd4j.zeros(1, 3);
      side.putScalar(i % 3, 1);
      sets.add(new DataSet(point, side));
    }
    List<DataSet> batches = new ArrayList<>();
    for (int from = 0; from < EXAMPLES; from += batch) {
      batches.add(batch == 1 ? sets.get(from) : DataSet.merge(sets.subList(from, from + batch)));
    }
    return batches;
  }

  private static MultiLayerNetwork untrained(MultiLayerConfiguration configuration) {
    MultiLayerNetwork net = new MultiLayerNetwork(configuration);
    net.init();
    return net;
  }

  private static ComputationGraph untrained(ComputationGraphConfiguration configuration) {
    ComputationGraph net = new ComputationGraph(configuration);
    net.init();
    return net;
  }

  private static MultiLayerConfiguration stack(IUpdater updater) {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(updater)
        .list()
        .layer(new DenseLayer.Builder().nIn(4).nOut(16).activation(Activation.TANH).build())
        .layer(output())
        .build();
  }

  private static ComputationGraphConfiguration graph() {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(new Adam(0.01))
        .graphBuilder()
        .addInputs("point")
        .addLayer(
            "dense",
            new DenseLayer.Builder().nIn(4).nOut(16).activation(Activation.TANH).build(),
            "point")
        .addLayer("side", output(), "dense")
        .setOutputs("side")
        .build();
  }

  private static OutputLayer output() {
    return new OutputLayer.Builder().nIn(16).nOut(3).activation(Activation.SOFTMAX).build();
  }
}
