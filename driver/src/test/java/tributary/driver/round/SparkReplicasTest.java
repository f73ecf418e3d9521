package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.holdenkarau.spark.testing.JavaRDDComparisons;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.AdaGrad;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.DataException;
import tributary.datasets.minibatch.SampleOrder;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.testing.FashionMnist;
import tributary.datasets.testing.Folders;
import tributary.driver.round.RoundLoop.Trained;
import tributary.driver.round.SparkEvaluator.Measured;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.train.DivergedException;
import tributary.worker.train.Evaluation;
import tributary.worker.train.ExampleHash;
import tributary.worker.train.InputSettings;
import tributary.worker.train.LocalSteps;
import tributary.worker.train.OptimizerStatePolicy;
import tributary.worker.train.Position;
import tributary.worker.train.ReplicaReport;
import tributary.worker.train.RoundPlan;
import tributary.worker.train.RoundSettings;

@Tag("spark")
@ExtendWith(FashionMnist.class)
class SparkReplicasTest {
  private static final int TRAIN = 610;

  /** 170, 170, 170 and 100 training examples: uneven shards, as most are. */
  private final Path shards = FashionMnist.shards(TRAIN, 50, 170);

  @Test
  void takesOneStepOnTheJoinedMinibatchWhenEveryReplicaTakesOne() throws Exception {
    ModelConfiguration model = net(new Sgd(0.05));
    ModelState start = initial(model);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      ModelState four = oneRound(spark, model, new RoundSettings(4, 1, 32, 1, TRAIN, 3), start);
      ModelState joined = oneRound(spark, model, new RoundSettings(1, 1, 128, 1, TRAIN, 3), start);
      assertThat(four.parameters())
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(joined.parameters());
      assertThat(joined.parameters()).isNotEqualTo(start.parameters());
    }
  }

  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void givesTheSameBitsOnOneTwoAndThreeTaskSlots(EngineSettings.Type engine) throws Exception {
    List<String> hashes = new ArrayList<>();
    ModelConfiguration model = net(new Adam(1e-3));
    RoundPlan first = new RoundPlan(new RoundSettings(3, 2, 16, 2, TRAIN, 8), Position.START);
    for (int slots = 1; slots <= 3; slots++) {
      try (JavaSparkContext spark = LocalSpark.ofSlots(slots)) {
        SparkReplicas replicas = new SparkReplicas(spark, setup(model, shards, engine));
        hashes.add(
            hash(
                new RoundLoop(replicas, OuterStep.AVERAGE, List.of())
                    .run(first, RunState.of(initial(model)))
                    .state()
                    .model()));
      }
    }
    assertThat(hashes.get(1)).isEqualTo(hashes.get(0));
    assertThat(hashes.get(2)).isEqualTo(hashes.get(0));
  }

  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void goesOnInTheMiddleOfAnEpochAsIfItHadNeverStopped(EngineSettings.Type engine)
      throws Exception {
    ModelConfiguration model = net(new Adam(1e-3));
    RoundSettings settings = new RoundSettings(3, 2, 16, 2, TRAIN, 8);
    List<RunState> states = new ArrayList<>();
    List<RoundPlan> next = new ArrayList<>();
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkReplicas replicas = new SparkReplicas(spark, setup(model, shards, engine));
      RoundListener keep =
          (plan, outcome, state) -> {
            states.add(state);
            next.add(plan.next());
          };
      Trained whole =
          new RoundLoop(replicas, OuterStep.AVERAGE, List.of(keep))
              .run(new RoundPlan(settings, Position.START), RunState.of(initial(model)));
      int middle = 3;
      assertThat(next.get(middle).position().offset()).isPositive();
      Trained resumed =
          new RoundLoop(replicas, OuterStep.AVERAGE, List.of())
              .run(next.get(middle), states.get(middle));
      assertThat(hash(resumed.state().model())).isEqualTo(hash(whole.state().model()));
    }
  }

  @Test
  void trainsEveryExampleExactlyOnceAnEpochWhateverDividesWhat() throws Exception {
    try (JavaSparkContext spark = LocalSpark.ofSlots(3)) {
      for (RoundSettings settings :
          List.of(
              new RoundSettings(3, 2, 16, 2, TRAIN, 8),
              new RoundSettings(7, 3, 13, 1, TRAIN, 9),
              new RoundSettings(5, 100, 64, 1, TRAIN, 10))) {
        List<RoundOutcome> rounds = new ArrayList<>();
        train(spark, net(new Sgd(0.01)), settings, rounds);
        long examples = rounds.stream().mapToLong(RoundOutcome::examples).sum();
        long hash = rounds.stream().mapToLong(RoundOutcome::exampleHash).sum();
        assertThat(examples).as(settings.toString()).isEqualTo((long) settings.epochs() * TRAIN);
        assertThat(hash).isEqualTo(settings.epochs() * ExampleHash.ofAll(TRAIN));
      }
    }
  }

  @Test
  void dealsTheExamplesOfAnEpochOutAsARearrangementOfAllOfThem() throws Exception {
    int[] perShard = perShard();
    RoundSettings settings = new RoundSettings(7, 3, 13, 1, TRAIN, 9);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      List<RoundPlan> plans = new ArrayList<>();
      for (RoundPlan p = new RoundPlan(settings, Position.START); !p.finished(); p = p.next()) {
        plans.add(p);
      }
      JavaRDD<Long> dealt =
          spark
              .parallelize(plans)
              .flatMap(
                  plan -> {
                    SampleOrder order = new SampleOrder(9, 0, perShard, 16, 8);
                    List<Long> numbers = new ArrayList<>();
                    for (int replica = 0; replica < 7; replica++) {
                      for (var range : plan.share(replica).ranges()) {
                        for (long number : order.slice(range.from(), (int) range.size())) {
                          numbers.add(number);
                        }
                      }
                    }
                    return numbers.iterator();
                  });
      JavaRDD<Long> all = spark.parallelize(LongStream.range(0, TRAIN).boxed().toList());
      assertThat(JavaRDDComparisons.compareRDD(all, dealt).isEmpty()).isTrue();
      assertThat(JavaRDDComparisons.compareRDDWithOrder(all, dealt).isEmpty()).isFalse();
    }
  }

  @Test
  void worksWithMoreReplicasThanExamplesAndReportsTheIdle() throws Exception {
    ModelConfiguration model = net(new Sgd(0.01));
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      RoundPlan tail =
          new RoundPlan(new RoundSettings(8, 1, 4, 1, TRAIN, 1), new Position(19, 0, 606, 19));
      RoundOutcome outcome = replicas(spark, model).train(tail, RunState.of(initial(model)));
      assertThat(outcome.reports())
          .extracting(ReplicaReport::examples)
          .containsExactly(0L, 1L, 0L, 1L, 0L, 1L, 0L, 1L);
    }
  }

  @Test
  void averagesTheOptimizersState() throws Exception {
    ModelConfiguration model = net(new Adam(1e-3));
    ModelState start = initial(model);
    RoundPlan plan = new RoundPlan(new RoundSettings(2, 2, 16, 1, TRAIN, 8), Position.START);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      RoundOutcome outcome = replicas(spark, model).train(plan, RunState.of(start));
      assertThat(outcome.average().optimizer())
          .hasSameSizeAs(start.optimizer())
          .isNotEqualTo(start.optimizer());
    }
  }

  @Test
  void startsEveryRoundWithAFreshOptimizerUnderReset() throws Exception {
    // AdaGrad's history does not start at zero, and Adam's correction counts steps: both must be
    // as they are before a first step, or a later round would move farther than an equal first one.
    for (IUpdater updater : List.of(new Adam(1e-3), new AdaGrad(0.01))) {
      ModelConfiguration model = net(updater);
      ModelState start = initial(model);
      RoundSettings settings =
          new RoundSettings(2, LocalSteps.of(2), 16, 1, TRAIN, 8, OptimizerStatePolicy.RESET);
      RoundPlan first = new RoundPlan(settings, Position.START);
      RoundPlan sameExamplesLater = new RoundPlan(settings, new Position(0, 0, 0, 5000));
      try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
        ModelState once = replicas(spark, model).train(first, RunState.of(start)).average();
        ModelState later =
            replicas(spark, model).train(sameExamplesLater, RunState.of(start)).average();
        assertThat(once.optimizer()).containsExactly(start.optimizer());
        assertThat(later.parameters()).containsExactly(once.parameters());
      }
    }
  }

  @Test
  void twinsOfARoundThatRunSideBySideGiveTheSameBits() throws Exception {
    ModelConfiguration model = net(new Adam(1e-3));
    RoundPlan plan = new RoundPlan(new RoundSettings(3, 4, 16, 1, TRAIN, 8), Position.START);
    ModelState start = initial(model);
    ReplicaSetup setup = setup(model, shards, EngineSettings.Type.TORCH);
    try (JavaSparkContext spark = LocalSpark.ofSlots(4);
        SparkReplicas one = new SparkReplicas(spark, setup);
        SparkReplicas other = new SparkReplicas(spark, setup)) {
      FutureTask<RoundOutcome> twin = new FutureTask<>(() -> other.train(plan, RunState.of(start)));
      new Thread(twin, "twin").start();
      RoundOutcome outcome = one.train(plan, RunState.of(start));
      assertThat(hash(outcome.average())).isEqualTo(hash(twin.get(2, TimeUnit.MINUTES).average()));
      assertThat(outcome.examples()).isEqualTo(plan.examples());
    }
  }

  @Test
  void evaluatesToTheSameNumbersOnAnyNumberOfSlots() throws Exception {
    ModelConfiguration model = net(new Sgd(0.05));
    List<Evaluation> evaluations = new ArrayList<>();
    for (int slots = 1; slots <= 3; slots += 2) {
      try (JavaSparkContext spark = LocalSpark.ofSlots(slots)) {
        ReplicaSetup setup = setup(model, shards);
        evaluations.add(
            new SparkEvaluator(spark, setup, Measured.examples(TRAIN, 16), 10, 16)
                .evaluate(initial(model)));
      }
    }
    assertThat(evaluations.get(0).labels()).isEqualTo(TRAIN);
    assertThat(evaluations.get(1)).usingRecursiveComparison().isEqualTo(evaluations.get(0));
  }

  @Test
  void endsAtOnceWithShardKeyAndOffsetOfACorruptExample(@TempDir Path folder) throws Exception {
    Path damaged = folder.resolve("one-byte-flipped");
    Folders.copy(shards, damaged);
    ShardInfo shard = manifest(damaged).shards("train").get(1);
    Path tar = damaged.resolve(shard.name() + ".tar");
    byte[] bytes = Files.readAllBytes(tar);
    bytes[600] ^= 1;
    Files.write(tar, bytes);
    ModelConfiguration model = net(new Sgd(0.01));
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      SparkReplicas replicas = new SparkReplicas(spark, setup(model, damaged));
      RoundPlan plan = new RoundPlan(new RoundSettings(2, 100, 16, 1, TRAIN, 8), Position.START);
      assertThatThrownBy(() -> replicas.train(plan, RunState.of(initial(model))))
          .isInstanceOf(DataException.class)
          .hasMessageContaining(shard.name())
          .hasMessageContaining("0000170")
          .hasMessageContaining("byte 0");
    }
  }

  @Test
  void namesTheReplicaThatDiverged() throws Exception {
    ModelConfiguration model = net(new Sgd(1e38));
    RoundPlan plan = new RoundPlan(new RoundSettings(2, 10, 16, 1, TRAIN, 8), Position.START);
    try (JavaSparkContext spark = LocalSpark.ofSlots(2)) {
      RoundLoop loop = new RoundLoop(replicas(spark, model), OuterStep.AVERAGE, List.of());
      assertThatThrownBy(() -> loop.run(plan, RunState.of(initial(model))))
          .isInstanceOf(DivergedException.class)
          .hasMessageMatching(
              "Training diverged in round 0: replica 0 on \\S+ (reported loss|has) .*;"
                  + " lower optimizer.learning-rate");
    }
  }

  private ModelState train(
      JavaSparkContext spark,
      ModelConfiguration model,
      RoundSettings settings,
      List<RoundOutcome> rounds)
      throws Exception {
    return new RoundLoop(
            replicas(spark, model),
            OuterStep.AVERAGE,
            List.of((plan, outcome, state) -> rounds.add(outcome)))
        .run(new RoundPlan(settings, Position.START), RunState.of(initial(model)))
        .state()
        .model();
  }

  private ModelState oneRound(
      JavaSparkContext spark, ModelConfiguration model, RoundSettings settings, ModelState start)
      throws Exception {
    return replicas(spark, model)
        .train(new RoundPlan(settings, Position.START), RunState.of(start))
        .average();
  }

  private SparkReplicas replicas(JavaSparkContext spark, ModelConfiguration model)
      throws IOException {
    return new SparkReplicas(spark, setup(model, shards));
  }

  private static ReplicaSetup setup(ModelConfiguration model, Path shards) throws IOException {
    return setup(model, shards, EngineSettings.Type.ND4J);
  }

  private static ReplicaSetup setup(
      ModelConfiguration model, Path shards, EngineSettings.Type engine) throws IOException {
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), new Configuration())) {
      return new ReplicaSetup(
          model,
          new EngineSettings(engine, 1),
          InputSettings.plain(dataset, "train", new InputSettings.Order(16, 8)));
    }
  }

  private int[] perShard() throws IOException {
    return manifest(shards).examplesPerShard("train");
  }

  private static Manifest manifest(Path folder) throws IOException {
    return Manifest.fromJson(Files.readAllBytes(folder.resolve("manifest.json")), "test");
  }

  private static ModelState initial(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return network.state();
    }
  }

  private static String hash(ModelState state) {
    return StateHash.sha256(state.parameters()) + StateHash.sha256(state.optimizer());
  }

  private static ModelConfiguration net(IUpdater updater) {
    return ModelConfiguration.of(
        new NeuralNetConfiguration.Builder()
            .seed(5)
            .updater(updater)
            .activation(Activation.RELU)
            .list()
            .layer(new ConvolutionLayer.Builder(5, 5).stride(2, 2).nOut(4).build())
            .layer(new DenseLayer.Builder().nOut(24).build())
            .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }
}
