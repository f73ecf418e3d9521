package tributary.worker.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.Seeds;
import tributary.datasets.minibatch.Minibatch;
import tributary.worker.engine.EngineSettings;
import tributary.worker.engine.Replica;
import tributary.worker.engine.StepKey;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.Network;
import tributary.worker.model.StateHash;

class EngineThreadsTest {
  @ParameterizedTest
  @EnumSource(EngineSettings.Type.class)
  void givesTheSameBitsWhateverTheEnvironmentSaysOfThreads(EngineSettings.Type engine)
      throws Exception {
    String expected = hashUnder(engine, Map.of("OMP_NUM_THREADS", "1"));
    assertThat(expected).hasSize(64);
    assertThat(hashUnder(engine, Map.of("OMP_NUM_THREADS", "7", "SD_MAX_THREADS", "7")))
        .isEqualTo(expected);
    assertThat(hashUnder(engine, Map.of("SD_MASTER_THREADS", "2"))).isEqualTo(expected);
  }

  /** Trains in a process of its own: native code reads its environment once. */
  private static String hashUnder(EngineSettings.Type engine, Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx1g",
            "-cp",
            System.getProperty("java.class.path"),
            Trains.class.getName(),
            engine.name());
    builder.environment().keySet().removeAll(List.of("OMP_WAIT_POLICY", "SD_MAX_THREADS"));
    builder.environment().putAll(environment);
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    process.getOutputStream().close();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("training took longer than a minute");
    }
    String printed =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return printed.lines().reduce("", (first, last) -> last);
  }

  /**
   * Prints the hash of a trained network; its updates need norms over whole layers where they may.
   */
  static final class Trains {
    private Trains() {}

    public static void main(String[] arguments) throws Exception {
      Nd4jRuntime.load();
      EngineSettings.Type engine = EngineSettings.Type.valueOf(arguments[0]);
      Thread task = new Thread(() -> System.out.println(trainedHash(engine)));
      task.start();
      task.join();
    }

    private static String trainedHash(EngineSettings.Type engine) {
      ModelConfiguration model =
          net(
              engine == EngineSettings.Type.ND4J
                  ? GradientNormalization.ClipL2PerLayer
                  : GradientNormalization.None);
      try (Replica replica = Engines.of(new EngineSettings(engine, 1)).replica(model)) {
        replica.load(Network.initialState(model));
        var random = Seeds.random(3);
        for (int step = 0; step < 5; step++) {
          float[] features = new float[64 * 784];
          for (int i = 0; i < features.length; i++) {
            features[i] = (float) random.nextDouble();
          }
          int[] labels = random.ints(64, 0, 10).toArray();
          replica.step(
              new Minibatch(new long[64], features, new int[] {64, 1, 28, 28}, labels, 10),
              new StepKey(step, 0, 1));
        }
        return StateHash.sha256(replica.state().parameters());
      }
    }

    private static ModelConfiguration net(GradientNormalization normalization) {
      return ModelConfiguration.of(
          new NeuralNetConfiguration.Builder()
              .seed(5)
              .updater(new Adam(1e-3))
              .l2(1e-4)
              .gradientNormalization(normalization)
              .gradientNormalizationThreshold(0.01)
              .list()
              .layer(new DenseLayer.Builder().nOut(500).activation(Activation.RELU).build())
              .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
              .setInputType(InputType.convolutional(28, 28, 1))
              .build());
    }
  }
}
