package tributary.worker.engine.torch;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.graph.LayerVertex;
import org.deeplearning4j.nn.conf.graph.ScaleVertex;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.weights.WeightInitRelu;
import org.deeplearning4j.zoo.model.AlexNet;
import org.deeplearning4j.zoo.model.Darknet19;
import org.deeplearning4j.zoo.model.FaceNetNN4Small2;
import org.deeplearning4j.zoo.model.InceptionResNetV1;
import org.deeplearning4j.zoo.model.LeNet;
import org.deeplearning4j.zoo.model.ResNet50;
import org.deeplearning4j.zoo.model.SimpleCNN;
import org.deeplearning4j.zoo.model.SqueezeNet;
import org.deeplearning4j.zoo.model.TextGenerationLSTM;
import org.deeplearning4j.zoo.model.TinyYOLO;
import org.deeplearning4j.zoo.model.UNet;
import org.deeplearning4j.zoo.model.VGG16;
import org.deeplearning4j.zoo.model.VGG19;
import org.deeplearning4j.zoo.model.Xception;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.model.Nd4jRuntime;

/**
 * The networks of DL4J's own zoo, without dropout, whose noise can't be the same. They are trained
 * by plain gradient descent with a small step: the rules of other updaters have their own tests,
 * and divide by tiny gradients here, which turns the last bit of a sum into the first of a step.
 *
 * <p>Through so many layers rounding grows, and among millions of rectified values some are zero
 * but for it: each that falls on another side moves the gradients of all layers below by up to some
 * percent. So gradients and five steps are compared in double precision, where only another
 * function makes a difference, to a hundredth of the usual tolerance; activations and the first
 * step's loss in single precision, too, as everywhere.
 */
class ZooParityTest {
  private static final int CLASSES = 5;

  private static final IUpdater UPDATER = new Sgd(1e-5);

  @ParameterizedTest
  @MethodSource("small")
  void trainsTheZoosNetworksOnSmallInputsAsDl4jDoes(Case network) {
    network.check();
  }

  /** It has no output layer, so nobody can train it. */
  @Test
  void computesSimpleCnnAsDl4jDoes() {
    Case network = classifier("SimpleCNN", ZooParityTest::simpleCnn, 3, 48, 48);
    Parity.assertSameActivations(network.model, network.minibatches.apply(0));
  }

  @Tag("recipes")
  @ParameterizedTest
  @MethodSource("published")
  void trainsTheZoosNetworksAtTheirPublishedSizesAsDl4jDoes(Case network) {
    network.check();
  }

  static Stream<Case> small() {
    return Stream.of(
        classifier("LeNet", ZooParityTest::leNet, 1, 28, 28),
        classifier("SqueezeNet", ZooParityTest::squeezeNet, 3, 48, 48),
        textGeneration());
  }

  static Stream<Case> published() {
    return Stream.of(
        classifier("AlexNet", ZooParityTest::alexNet, 3, 224, 224),
        classifier("VGG16", ZooParityTest::vgg16, 3, 224, 224),
        classifier("VGG19", ZooParityTest::vgg19, 3, 224, 224),
        classifier("ResNet50", ZooParityTest::resNet, 3, 224, 224),
        classifier("SqueezeNet", ZooParityTest::squeezeNet, 3, 227, 227),
        classifier("Darknet19", ZooParityTest::darknet, 3, 224, 224),
        tinyYolo(),
        unet(128), // 512 at first; the layers are the same at any size that four halvings divide
        classifier("Xception", ZooParityTest::xception, 3, 299, 299),
        // a hundred statistics of two examples' few values each, one after the other
        classifier("InceptionResNetV1", ZooParityTest::inceptionResNet, 3, 160, 160).within(1e-3),
        classifier("FaceNetNN4Small2", ZooParityTest::faceNet, 3, 96, 96));
  }

  /**
   * A network with the minibatches that it is trained on.
   *
   * @param lossTolerance relative, of the loss in single precision
   */
  private record Case(
      String name,
      ModelConfiguration model,
      IntFunction<MultiDataSet> minibatches,
      double lossTolerance) {
    Case(String name, ModelConfiguration model, IntFunction<MultiDataSet> minibatches) {
      this(name, model, minibatches, 1e-4);
    }

    Case within(double tolerance) {
      return new Case(name, model, minibatches, tolerance);
    }

    void check() {
      Parity.assertTrainAlikeInDoubles(model, minibatches);
      Parity.assertSameActivations(apart(model), minibatches.apply(-1));
      Parity.assertSameLoss(model, minibatches.apply(0), lossTolerance);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private static Case classifier(
      String name, Function<int[], ModelConfiguration> model, int... shape) {
    Nd4jRuntime.load();
    return new Case(
        name,
        model.apply(shape),
        step ->
            new MultiDataSet(
                Data.values(step, Data.shape(2, shape)), Data.oneHot(step, 2, CLASSES)));
  }

  private static Case unet(int side) {
    Nd4jRuntime.load();
    int[] shape = {3, side, side};
    return new Case(
        "UNet",
        quiet(UNet.builder().inputShape(shape).updater(UPDATER).build().init().getConfiguration()),
        step ->
            new MultiDataSet(
                Data.values(step, 1, 3, side, side),
                Data.oneHot(step, 1, 2, side, side)
                    .get(
                        NDArrayIndex.all(),
                        NDArrayIndex.interval(0, 1),
                        NDArrayIndex.all(),
                        NDArrayIndex.all())
                    .dup()));
  }

  /** One segment: between segments DL4J's gradient forgets the state, see the tests of those. */
  private static Case textGeneration() {
    Nd4jRuntime.load();
    int characters = 20;
    int steps = 50;
    MultiLayerConfiguration model =
        TextGenerationLSTM.builder()
            .totalUniqueCharacters(characters)
            .inputShape(new int[] {steps, characters})
            .updater(UPDATER)
            .build()
            .conf();
    return new Case(
        "TextGenerationLSTM",
        ModelConfiguration.of(model),
        step ->
            new MultiDataSet(
                Data.oneHot(step, 3, characters, steps),
                Data.oneHot(100 + step, 3, characters, steps)));
  }

  private static Case tinyYolo() {
    Nd4jRuntime.load();
    int[] shape = {3, 416, 416};
    int cells = 13;
    return new Case(
        "TinyYOLO",
        quiet(
            TinyYOLO.builder()
                .numClasses(CLASSES)
                .inputShape(shape)
                .updater(UPDATER)
                .build()
                .conf()),
        step -> new MultiDataSet(Data.values(step, 1, 3, 416, 416), boxes(step, cells)));
  }

  /** One object, a few cells large, in an otherwise empty picture. */
  private static INDArray boxes(int step, int cells) {
    INDArray labels = Nd4j.zeros(1, 4 + CLASSES, cells, cells);
    int column = 3 + Math.floorMod(step, 5);
    int row = 4;
    double[] corners = {column - 1.2, row - 0.7, column + 2.4, row + 1.9};
    for (int i = 0; i < corners.length; i++) {
      labels.putScalar(new int[] {0, i, row, column}, corners[i]);
    }
    labels.putScalar(new int[] {0, 4 + Math.floorMod(step, CLASSES), row, column}, 1);
    return labels;
  }

  private static ModelConfiguration leNet(int... shape) {
    return quiet(
        LeNet.builder().numClasses(CLASSES).inputShape(shape).updater(UPDATER).build().conf());
  }

  private static ModelConfiguration simpleCnn(int... shape) {
    return quiet(
        SimpleCNN.builder().numClasses(CLASSES).inputShape(shape).updater(UPDATER).build().conf());
  }

  private static ModelConfiguration alexNet(int... shape) {
    return quiet(
        AlexNet.builder().numClasses(CLASSES).inputShape(shape).updater(UPDATER).build().conf());
  }

  private static ModelConfiguration vgg16(int... shape) {
    return quiet(
        VGG16.builder().numClasses(CLASSES).inputShape(shape).updater(UPDATER).build().conf());
  }

  private static ModelConfiguration vgg19(int... shape) {
    return quiet(
        VGG19.builder().numClasses(CLASSES).inputShape(shape).updater(UPDATER).build().conf());
  }

  private static ModelConfiguration resNet(int... shape) {
    return quiet(
        ResNet50.builder()
            .weightInit(new WeightInitRelu()) // its own is so wide that 50 layers overflow
            .numClasses(CLASSES)
            .inputShape(shape)
            .updater(UPDATER)
            .build()
            .graphBuilder()
            .build());
  }

  private static ModelConfiguration squeezeNet(int... shape) {
    return quiet(
        SqueezeNet.builder()
            .numClasses(CLASSES)
            .inputShape(shape)
            .updater(UPDATER)
            .build()
            .init()
            .getConfiguration());
  }

  private static ModelConfiguration darknet(int... shape) {
    return quiet(
        Darknet19.builder().numClasses(CLASSES).inputShape(shape).updater(UPDATER).build().conf());
  }

  private static ModelConfiguration xception(int... shape) {
    return quiet(
        Xception.builder()
            .numClasses(CLASSES)
            .inputShape(shape)
            .updater(UPDATER)
            .build()
            .init()
            .getConfiguration());
  }

  private static ModelConfiguration inceptionResNet(int... shape) {
    ComputationGraphConfiguration graph =
        InceptionResNetV1.builder()
            .numClasses(CLASSES)
            .inputShape(shape)
            .updater(UPDATER)
            .build()
            .init()
            .getConfiguration();
    for (GraphVertex vertex : graph.getVertices().values()) {
      if (vertex instanceof LayerVertex layer
          && layer.getLayerConf().getLayer() instanceof BaseLayer weighted) {
        weighted.setWeightInitFn(new WeightInitRelu()); // its own makes evaluation chaotic
      }
    }
    return quiet(graph);
  }

  private static ModelConfiguration faceNet(int... shape) {
    return quiet(
        FaceNetNN4Small2.builder()
            .numClasses(CLASSES)
            .inputShape(shape)
            .updater(UPDATER)
            .build()
            .conf());
  }

  /**
   * The same network, whose activation layers read copies: in evaluation DL4J's write over what
   * they read, whoever else reads it (see {@code VerticesTest}).
   */
  private static ModelConfiguration apart(ModelConfiguration model) {
    if (model.kind() == ModelConfiguration.Kind.MULTI_LAYER) {
      return model;
    }
    ComputationGraphConfiguration graph = model.graph();
    for (String name : List.copyOf(graph.getVertices().keySet())) {
      if (graph.getVertices().get(name) instanceof LayerVertex layer
          && layer.getLayerConf().getLayer() instanceof ActivationLayer) {
        String copy = "copy for " + name;
        graph.getVertices().put(copy, new ScaleVertex(1));
        graph.getVertexInputs().put(copy, graph.getVertexInputs().get(name));
        graph.getVertexInputs().put(name, List.of(copy));
      }
    }
    graph.setTopologicalOrder(null); // it is worked out anew
    graph.setTopologicalOrderStr(null);
    return ModelConfiguration.of(graph);
  }

  private static ModelConfiguration quiet(MultiLayerConfiguration stack) {
    stack.getConfs().forEach(layer -> layer.getLayer().setIDropout(null));
    return ModelConfiguration.of(stack);
  }

  private static ModelConfiguration quiet(ComputationGraphConfiguration graph) {
    for (GraphVertex vertex : graph.getVertices().values()) {
      if (vertex instanceof LayerVertex layer) {
        layer.getLayerConf().getLayer().setIDropout(null);
      }
    }
    return ModelConfiguration.of(graph);
  }
}
