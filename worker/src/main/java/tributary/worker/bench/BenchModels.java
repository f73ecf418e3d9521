package tributary.worker.bench;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.zoo.model.ResNet50;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import tributary.datasets.shard.ImageShape;
import tributary.worker.bench.BenchModel.Shape;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.ModelException;
import tributary.worker.model.ModelInput;
import tributary.worker.model.ModelOptions;
import tributary.worker.model.Nd4jRuntime;
import tributary.worker.model.OptimizerSettings;
import tributary.worker.model.Zoo;

/** The networks that steps are usually measured with. */
public final class BenchModels {
  private static final Map<String, Supplier<BenchModel>> MODELS =
      new TreeMap<>(
          Map.of(
              "lenet", BenchModels::lenet,
              "lstm", BenchModels::lstm,
              "resnet50", BenchModels::resNet50));

  private BenchModels() {}

  /** The names on offer, sorted. */
  public static List<String> names() {
    return List.copyOf(MODELS.keySet());
  }

  /**
   * A model by name.
   *
   * @throws ModelException for a name that is not in {@link #names()}
   */
  public static BenchModel named(String name) {
    Supplier<BenchModel> model = MODELS.get(name);
    if (model == null) {
      throw new ModelException("Unknown model " + name + "; known are " + names());
    }
    Nd4jRuntime.load(); // before DL4J does, in its own way
    return model.get();
  }

  private static BenchModel lenet() {
    ModelInput image = new ModelInput.Images(new ImageShape(1, 28, 28));
    var adam = new OptimizerSettings(OptimizerSettings.Type.ADAM, 1e-3, 0, 0);
    return new BenchModel(
        Zoo.configuration("lenet", new ModelOptions(image, 10, 1, adam)), new Shape(1, 28, 28), 10);
  }

  /** Two layers of 256 over 64 steps of 77 characters, the next character at each step. */
  private static BenchModel lstm() {
    int characters = 77;
    int steps = 64;
    return new BenchModel(
        ModelConfiguration.of(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(1e-3))
                .list()
                .layer(new LSTM.Builder().nOut(256).activation(Activation.TANH).build())
                .layer(new LSTM.Builder().nOut(256).activation(Activation.TANH).build())
                .layer(
                    new RnnOutputLayer.Builder(LossFunction.MCXENT)
                        .nOut(characters)
                        .activation(Activation.SOFTMAX)
                        .build())
                .setInputType(InputType.recurrent(characters, steps))
                .build()),
        new Shape(characters, steps),
        characters);
  }

  /**
   * He et al., "Deep Residual Learning for Image Recognition", arXiv:1512.03385, as DL4J has it.
   */
  private static BenchModel resNet50() {
    int classes = 1000;
    return new BenchModel(
        ModelConfiguration.of(
            ResNet50.builder()
                .seed(1)
                .numClasses(classes)
                .inputShape(new int[] {3, 224, 224})
                .updater(new Nesterovs(0.01, 0.9))
                .build()
                .graphBuilder()
                .build()),
        new Shape(3, 224, 224),
        classes);
  }
}
