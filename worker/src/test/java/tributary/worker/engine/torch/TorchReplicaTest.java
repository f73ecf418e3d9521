package tributary.worker.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.LocallyConnected2D;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.Engine;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelState;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;
import tributary.worker.model.TinyNets;

class TorchReplicaTest {
  private static final Engine ENGINE = new TorchEngine(Parity.SETTINGS);

  @Test
  void givesBackTheStateItWasLoadedWith() {
    ModelConfiguration model = TinyNets.stack(new Adam(1e-3));
    ModelState state = Network.initialState(model);
    try (Replica replica = ENGINE.replica(model)) {
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
          .hasMessageMatching("expected \\d+ values, found 3");
    }
  }

  @Test
  void givesTheSameBitsInEveryThreadSideBySideAndWhateverWentBefore() throws Exception {
    ModelConfiguration model =
        stack(
            new ConvolutionLayer.Builder(5, 5).nOut(8).activation(Activation.RELU).build(),
            new DenseLayer.Builder().nOut(64).activation(Activation.RELU).build());
    ModelState start = Network.initialState(model);
    String expected = trained(model, start);
    List<Callable<String>> tasks = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      tasks.add(
          () -> {
            try (Replica used = ENGINE.replica(model)) {
              used.load(start);
              used.step(minibatch(99, 7), new StepKey(40, 3, 99));
              return trained(used, start);
            }
          });
    }
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      for (Future<String> result : threads.invokeAll(tasks, 60, TimeUnit.SECONDS)) {
        assertThat(result.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void keepsItsMemoryOverThousandsOfSteps() throws IOException {
    ModelConfiguration model =
        stack(
            new ConvolutionLayer.Builder(5, 5).nOut(8).activation(Activation.RELU).build(),
            new DenseLayer.Builder().nOut(32).dropOut(0.5).activation(Activation.RELU).build());
    try (Replica replica = ENGINE.replica(model)) {
      replica.load(Network.initialState(model));
      Minibatch minibatch = minibatch(1, 8);
      long before = 0;
      for (int step = 0; step < 2_200; step++) {
        if (step == 200) {
          before = residentBytes();
        }
        replica.step(minibatch, new StepKey(step, 0, 1 + step));
        if (step % 100 == 0) {
          replica.forward(minibatch);
          replica.load(replica.state());
        }
      }
      // One minibatch' first activations alone, kept at each step, would be 300 MB.
      assertThat(residentBytes() - before).isLessThan(40L << 20);
    }
  }

  /** What this process holds in memory, after the heap was swept. */
  private static long residentBytes() throws IOException {
    System.gc();
    try (Scanner pages = new Scanner(Path.of("/proc/self/statm"), StandardCharsets.US_ASCII)) {
      pages.nextLong(); // of address space
      return pages.nextLong() * 4096;
    }
  }

  @Test
  void refusesByNameAndPlaceWhatItCannotRun() {
    assertRefused(
        stack(new LocallyConnected2D.Builder().name("local").nOut(4).kernelSize(3, 3).build()),
        "Layer 0 \"local\" (LocallyConnected2D): engine torch has no such layer; set"
            + " engine.type: nd4j");
  }

  private static void assertRefused(ModelConfiguration model, String message) {
    assertThatThrownBy(() -> ENGINE.replica(model))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  private static ModelConfiguration stack(Layer... layers) {
    var list = new NeuralNetConfiguration.Builder().seed(5).updater(new Adam(1e-3)).list();
    for (Layer layer : layers) {
      list.layer(layer);
    }
    return ModelConfiguration.of(
        list.layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }

  private static String trained(ModelConfiguration model, ModelState start) {
    try (Replica replica = ENGINE.replica(model)) {
      return trained(replica, start);
    }
  }

  private static String trained(Replica replica, ModelState start) {
    replica.load(start);
    for (int step = 0; step < 5; step++) {
      replica.step(minibatch(step, 8 + step), new StepKey(step, 0, 1));
    }
    return StateHash.sha256(replica.state().parameters())
        + StateHash.sha256(replica.state().optimizer());
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
