package tributary.worker.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.hadoop.conf.Configuration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.nd4j.Nd4jEngine;
import tributary.worker.model.MinibatchArrays;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.TinyNets;

@ExtendWith(FashionMnist.class)
class LocalTrainerTest {
  private static final Engine ENGINE =
      new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, /* threads= */ 1));
  private static final RoundSettings SETTINGS = new RoundSettings(1, 6, 32, 1, 600, 9);

  private Dataset dataset;
  private TrainingInput input;

  @BeforeEach
  void open() throws IOException {
    Path shards = FashionMnist.shards(600, 50, 170);
    dataset = Dataset.open(shards.toUri().toString(), new Configuration());
    input =
        TrainingInput.of(
            dataset, InputSettings.plain(dataset, "train", new InputSettings.Order(16, 8)));
  }

  @AfterEach
  void close() throws IOException {
    dataset.close();
  }

  @Test
  void equalsDl4jsOwnFitOnTheSameMinibatches() throws IOException {
    for (IUpdater updater : new IUpdater[] {new Sgd(0.1), new Nesterovs(0.05), new Adam(1e-3)}) {
      ModelConfiguration model = TinyNets.stack(updater);
      RoundResult ours = train(model, initial(model));
      float[] expected = fitByDl4j(model);
      assertThat(ours.state().parameters())
          .as(updater.toString())
          .usingComparatorWithPrecision(1e-6f)
          .containsExactly(expected);
    }
  }

  @Test
  void aRoundAtAShareOfTheRateIsOneOfAModelWithThatRate() throws IOException {
    ModelConfiguration whole = TinyNets.stack(new Nesterovs(0.1, 0.9));
    ModelConfiguration half = TinyNets.stack(new Nesterovs(0.05, 0.9));
    try (Replica replica = ENGINE.replica(whole)) {
      RoundPlan plan = plan().atRate(0.5);
      assertThat(plan.next().rateFactor()).isEqualTo(0.5);
      assertThat(
              trainer(whole)
                  .train(replica, 0, plan, initial(whole), StepWatch.NONE)
                  .state()
                  .parameters())
          .isEqualTo(train(half, initial(half)).state().parameters());
    }
  }

  @Test
  void startsFromTheStateItIsGivenWhateverTheReplicaHolds() throws IOException {
    ModelConfiguration model = TinyNets.stack(new Adam(1e-3));
    ModelState start = initial(model);
    try (Replica replica = ENGINE.replica(model)) {
      RoundResult once = trainer(model).train(replica, 0, plan(), start, StepWatch.NONE);
      RoundResult again = trainer(model).train(replica, 0, plan(), start, StepWatch.NONE);
      assertThat(again.state().parameters()).containsExactly(once.state().parameters());
      assertThat(again.state().optimizer()).containsExactly(once.state().optimizer());
    }
  }

  @Test
  void reportsWhatItDid() throws IOException {
    ModelConfiguration model = TinyNets.stack();
    ReplicaReport report = train(model, initial(model)).report();
    assertThat(report.examples()).isEqualTo(6 * 32);
    assertThat(report.steps()).isEqualTo(6);
    assertThat(report.host()).isEqualTo("here");
    assertThat(report.lossSum() / report.examples()).isBetween(0.5, 3.0);
    assertThat(report.trained().hash()).isEqualTo(ExampleHash.of(input.numbers(plan(), 0)));
  }

  @Test
  void stopsAfterTheStepInWhichTheDeadlineComesAndLeavesTheRestOver() throws IOException {
    ModelConfiguration model = TinyNets.stack();
    for (int seconds = 1; seconds <= 8; seconds++) {
      RoundPlan plan = plan(Duration.ofSeconds(seconds));
      ReplicaReport report = trainTickingSeconds(model, plan).report();
      int steps = Math.min(seconds, 6);
      assertThat(report.steps()).as("deadline of %d s", seconds).isEqualTo(steps);
      assertThat(report.examples()).isEqualTo(32L * steps);
      assertThat(report.leftOver()).isEqualTo(32L * (6 - steps));
      long[] first = Arrays.copyOf(input.numbers(plan, 0), 32 * steps);
      assertThat(report.trained()).isEqualTo(input.ledger(plan(), first));
    }
  }

  @Test
  void endsWhereARoundOfSoManyStepsEnds() throws IOException {
    ModelConfiguration model = TinyNets.stack(new Adam(1e-3));
    ModelState early = trainTickingSeconds(model, plan(Duration.ofSeconds(2))).state();
    RoundPlan twoSteps = new RoundPlan(SETTINGS.with(LocalSteps.of(2)), Position.START);
    try (Replica replica = ENGINE.replica(model)) {
      ModelState end =
          trainer(model).train(replica, 0, twoSteps, initial(model), StepWatch.NONE).state();
      assertThat(early.parameters()).containsExactly(end.parameters());
      assertThat(early.optimizer()).containsExactly(end.optimizer());
    }
  }

  @Test
  void alwaysTakesOneStepAndLooksAtNoClockWithoutADeadline() throws IOException {
    ModelConfiguration model = TinyNets.stack();
    assertThat(trainTickingSeconds(model, plan(Duration.ofNanos(1))).report().steps()).isEqualTo(1);
    ReplicaReport whole = trainTickingSeconds(model, plan()).report();
    assertThat(whole.steps()).isEqualTo(6);
    assertThat(whole.leftOver()).isZero();
  }

  /** With a clock that goes a second further whenever it is looked at. */
  private RoundResult trainTickingSeconds(ModelConfiguration model, RoundPlan plan)
      throws IOException {
    AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 2_500_000_000L);
    LocalTrainer trainer =
        new LocalTrainer(
            input, Network.layoutOf(model), "here", () -> nanos.addAndGet(1_000_000_000));
    try (Replica replica = ENGINE.replica(model)) {
      return trainer.train(replica, 0, plan, initial(model), StepWatch.NONE);
    }
  }

  private static RoundPlan plan(Duration deadline) {
    return new RoundPlan(SETTINGS.with(new LocalSteps(6, 0, deadline)), Position.START);
  }

  @Test
  void learnsFromRealImages() throws IOException {
    ModelConfiguration model = TinyNets.stack(new Adam(1e-2));
    RoundPlan second = plan().next();
    try (Replica replica = ENGINE.replica(model)) {
      LocalTrainer trainer = trainer(model);
      RoundResult first = trainer.train(replica, 0, plan(), initial(model), StepWatch.NONE);
      RoundResult next = trainer.train(replica, 0, second, first.state(), StepWatch.NONE);
      assertThat(next.report().lossSum()).isLessThan(first.report().lossSum());
    }
  }

  @Test
  void leavesTheStateOfAnIdleReplicaAsItWas() throws IOException {
    ModelConfiguration model = TinyNets.stack(new Adam(1e-3));
    ModelState start = initial(model);
    RoundPlan fewExamples = new RoundPlan(new RoundSettings(700, 1, 32, 1, 600, 9), Position.START);
    try (Replica replica = ENGINE.replica(model)) {
      RoundResult idle = trainer(model).train(replica, 0, fewExamples, start, StepWatch.NONE);
      assertThat(idle.report().examples()).isZero();
      assertThat(idle.state().parameters()).containsExactly(start.parameters());
    }
  }

  @Test
  void stopsAtALossThatIsNotFiniteAndGivesNoState() throws IOException {
    ModelConfiguration model = TinyNets.stack();
    ModelState start = initial(model);
    start.parameters()[17] = Float.NaN;
    RoundResult result = train(model, start);
    assertThat(result.state()).isNull();
    assertThat(result.report().skipped().reason()).isEqualTo("reported loss NaN at its step 0");
    assertThat(result.report().steps()).isEqualTo(1);
  }

  @Test
  void namesTheLayerOfAParameterThatIsNotFiniteAndTheExamplesThatAreLost() throws IOException {
    // The loss of the only step is finite; its update is not.
    ModelConfiguration model = TinyNets.stack(new Sgd(1e39));
    RoundPlan oneStep = new RoundPlan(new RoundSettings(1, 1, 32, 1, 600, 9), Position.START);
    try (Replica replica = ENGINE.replica(model)) {
      RoundResult result =
          trainer(model).train(replica, 0, oneStep, initial(model), StepWatch.NONE);
      ReplicaReport report = result.report();
      assertThat(result.state()).isNull();
      assertThat(report.skipped().reason()).matches("has \\S+ in layer layer0 \\(parameter 0_W\\)");
      assertThat(report.skipped().examples())
          .isEqualTo(input.ledger(oneStep, input.numbers(oneStep, 0)));
      assertThat(report.examples()).isZero();
      assertThat(report.lossSum()).isZero();
      assertThat(report.trained()).isEqualTo(Ledger.EMPTY);
    }
  }

  @Test
  void tellsOfEachStepBeforeItBegins() throws IOException {
    ModelConfiguration model = TinyNets.stack();
    List<String> told = new ArrayList<>();
    RoundPlan few = new RoundPlan(new RoundSettings(1, 2, 2, 1, 600, 9), Position.START);
    try (Replica replica = ENGINE.replica(model)) {
      trainer(model).train(replica, 0, few, initial(model), told::add);
    }
    String places = ", shard train-\\d{5} examples \\d+.*";
    assertThat(told)
        .satisfiesExactly(
            read -> assertThat(read).matches("step 0 of 2" + places),
            compute -> assertThat(compute).matches("step 0 of 2" + places),
            read -> assertThat(read).matches("step 1 of 2" + places),
            compute -> assertThat(compute).matches("step 1 of 2" + places));
  }

  @Test
  void tellsTheKeysOfTheExamplesThatAStepComputesWith() throws IOException {
    ModelConfiguration model = TinyNets.stack();
    List<String> told = new ArrayList<>();
    RoundPlan one = new RoundPlan(new RoundSettings(1, 1, 1, 1, 600, 9), Position.START);
    try (Replica replica = ENGINE.replica(model)) {
      trainer(model).train(replica, 0, one, initial(model), told::add);
    }
    long number = input.numbers(one, 0)[0];
    String key = dataset.read("train", number).example().key();
    assertThat(told.get(1)).endsWith(" examples " + number + " (" + key + ")");
  }

  @Test
  void saysWhereExamplesLieWhateverTheirOrder() throws IOException {
    assertThat(input.describe(new long[] {340, 169, 0, 170}))
        .isEqualTo(
            "shard train-00000 examples 0, 169; shard train-00001 examples 170; shard train-00002"
                + " examples 340");
  }

  @Test
  void refusesAPlanForAnotherNumberOfExamples() {
    ModelConfiguration model = TinyNets.stack();
    RoundPlan other = new RoundPlan(new RoundSettings(1, 6, 32, 1, 601, 9), Position.START);
    try (Replica replica = ENGINE.replica(model)) {
      assertThatThrownBy(
              () -> trainer(model).train(replica, 0, other, initial(model), StepWatch.NONE))
          .hasMessage("split train holds 600 examples, the plan expects 601");
    }
  }

  @Test
  void evaluatesToTheAccuracyThatDl4jCounts() throws IOException {
    ModelConfiguration model = TinyNets.stack(new Adam(1e-2));
    TrainingInput test =
        TrainingInput.of(
            dataset, InputSettings.plain(dataset, "test", new InputSettings.Order(16, 8)));
    try (Replica replica = ENGINE.replica(model);
        Network network = Network.build(model)) {
      ModelState trained =
          trainer(model).train(replica, 0, plan(), initial(model), StepWatch.NONE).state();
      network.load(trained);
      Evaluation ours = new Evaluator(test).evaluate(replica, Places.of(0, 50), 7);
      var dl4j = new org.nd4j.evaluation.classification.Evaluation(10);
      try (MinibatchReader reader = test.open(Places.of(0, 50), 50)) {
        Minibatch batch = reader.next();
        dl4j.eval(oneHot(batch), network.output(MinibatchArrays.of(batch), Reading.WHOLE));
      }
      assertThat(ours.labels()).isEqualTo(50);
      assertThat(ours.top1Accuracy()).isCloseTo(dl4j.accuracy(), within(1e-9));
    }
  }

  private RoundResult train(ModelConfiguration model, ModelState start) throws IOException {
    try (Replica replica = ENGINE.replica(model)) {
      return trainer(model).train(replica, 0, plan(), start, StepWatch.NONE);
    }
  }

  private float[] fitByDl4j(ModelConfiguration model) throws IOException {
    MultiLayerNetwork network = new MultiLayerNetwork(model.multiLayer());
    network.init();
    int[] sizes = plan().share(0).minibatchSizes(32);
    try (MinibatchReader reader = input.open(plan(), input.numbers(plan(), 0), sizes)) {
      while (reader.hasNext()) {
        Minibatch batch = reader.next();
        network.fit(features(batch), oneHot(batch));
      }
    }
    return network.params().toFloatVector();
  }

  private LocalTrainer trainer(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return new LocalTrainer(input, network.layout(), "here");
    }
  }

  private static RoundPlan plan() {
    return new RoundPlan(SETTINGS, Position.START);
  }

  private static ModelState initial(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return network.state();
    }
  }

  private static INDArray features(Minibatch batch) {
    return Nd4j.createFromArray(batch.features()).reshape(batch.size(), 1, 28, 28);
  }

  private static INDArray oneHot(Minibatch batch) {
    INDArray labels = Nd4j.zeros(batch.size(), 10);
    for (int i = 0; i < batch.size(); i++) {
      labels.putScalar(i, batch.labels()[i], 1);
    }
    return labels;
  }
}
