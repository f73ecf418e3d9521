package tributary.worker.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Engine;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.model.TinyNets;

class Nd4jReplicaTest {
  private static final Engine ENGINE =
      new Nd4jEngine(new EngineSettings(EngineSettings.Type.ND4J, /* threads= */ 1));

  @Test
  void givesBackTheStateItWasLoadedWith() {
    ModelState state = initial(TinyNets.noisyStack());
    try (Replica replica = ENGINE.replica(TinyNets.noisyStack())) {
      replica.load(state);
      assertThat(replica.state().parameters()).containsExactly(state.parameters());
      assertThat(replica.state().optimizer()).containsExactly(state.optimizer());
    }
  }

  @Test
  void refusesTheStateOfAnotherNetwork() {
    try (Replica replica = ENGINE.replica(TinyNets.stack())) {
      assertThatThrownBy(() -> replica.load(new ModelState(new float[3], new float[0])))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("the state holds 3 parameters, the network ");
    }
  }

  @Test
  void refusesALabelThatTheModelHasNoOutputFor() {
    try (Replica replica = ENGINE.replica(TinyNets.stack())) {
      replica.load(initial(TinyNets.stack()));
      Minibatch batch =
          new Minibatch(new long[1], new float[784], new int[] {1, 1, 28, 28}, new int[] {10}, 10);
      assertThatThrownBy(() -> replica.step(batch, new StepKey(0, 0, 1)))
          .hasMessage("label 10 of example 0 is not one of 10 classes");
    }
  }

  @Test
  void dependsOnNothingButStateMinibatchesAndKeys() {
    // Dropout draws from a generator of the thread; what ran before on replica and thread is noise.
    ModelConfiguration model = TinyNets.noisyStack();
    ModelState start = initial(model);
    String expected = trained(model, start);
    try (Replica used = ENGINE.replica(model)) {
      used.load(start);
      used.step(minibatch(99, 7), new StepKey(40, 3, 99));
      assertThat(trained(used, start)).isEqualTo(expected);
    }
  }

  @Test
  void givesTheSameBitsInEveryThreadSideBySide() throws Exception {
    ModelConfiguration model = TinyNets.noisyStack();
    ModelState start = initial(model);
    List<Callable<String>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tasks.add(() -> trained(model, start));
    }
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      String expected = trained(model, start);
      for (Future<String> result : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
        assertThat(result.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void dropsNothingWhenItEvaluates() {
    try (Replica replica = ENGINE.replica(TinyNets.noisyStack())) {
      replica.load(initial(TinyNets.noisyStack()));
      float[] once = replica.forward(minibatch(1, 5));
      assertThat(once).hasSize(50).containsExactly(replica.forward(minibatch(1, 5)));
      for (int row = 0; row < 5; row++) {
        double sum = 0;
        for (int j = 0; j < 10; j++) {
          sum += once[row * 10 + j];
        }
        assertThat(sum).as("probabilities of example %d", row).isBetween(0.9999, 1.0001);
      }
    }
  }

  @Test
  void evaluatesAGraphAsWell() {
    try (Replica replica = ENGINE.replica(TinyNets.graph())) {
      replica.load(initial(TinyNets.graph()));
      assertThat(replica.forward(minibatch(1, 3))).hasSize(30);
    }
  }

  private static String trained(ModelConfiguration model, ModelState start) {
    try (Replica replica = ENGINE.replica(model)) {
      return trained(replica, start);
    }
  }

  private static String trained(Replica replica, ModelState start) {
    replica.load(start);
    for (int step = 0; step < 5; step++) {
      replica.step(minibatch(step, 8 + step), new StepKey(step, 0, Seeds.mix(11, step)));
    }
    return StateHash.sha256(replica.state().parameters())
        + StateHash.sha256(replica.state().optimizer());
  }

  private static ModelState initial(ModelConfiguration model) {
    try (Network network = Network.build(model)) {
      return network.state();
    }
  }

  private static Minibatch minibatch(long seed, int size) {
    var random = Seeds.random(seed, size);
    float[] features = new float[size * 784];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (random.nextDouble() - 0.5);
    }
    int[] labels = random.ints(size, 0, 10).toArray();
    return new Minibatch(new long[size], features, new int[] {size, 1, 28, 28}, labels, 10);
  }
}
