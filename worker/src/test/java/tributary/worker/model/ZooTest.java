package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tributary.datasets.shard.ImageShape;
import tributary.worker.model.ModelVariant.Stem;

class ZooTest {
  private static final ModelInput GREY = new ModelInput.Images(new ImageShape(1, 28, 28));
  private static final ModelInput PHOTOS = new ModelInput.Images(new ImageShape(3, 224, 224));
  private static final ModelInput WORDS = new ModelInput.Tokens(100, 20);

  private static final OptimizerSettings SGD =
      new OptimizerSettings(OptimizerSettings.Type.SGD, 0.1, 0, 0);

  @Test
  void namesWhatItHasWhenAskedForSomethingElse() {
    assertThatThrownBy(() -> Zoo.configuration("lenet5", new ModelOptions(GREY, 10, 1, SGD)))
        .isInstanceOf(ModelException.class)
        .hasMessage("Unknown model lenet5; known are " + Zoo.names());
  }

  /**
   * For images of 3x224x224 and 1000 classes. VGG, ResNet: torchvision's {@code num_params} of
   * {@code vgg16}, {@code vgg19} and {@code resnetN}; SqueezeNet: of {@code squeezenet1_0}. AlexNet
   * and GoogLeNet: of Caffe's {@code bvlc_alexnet} and {@code bvlc_googlenet} as netscope counts
   * them, the latter's 6,998,552 with its auxiliary classifiers' 2 x 3,189,864: 128 x 513 + 1024 x
   * 2049 + 1000 x 1025, and 16 x 128 more as one reads 528 channels instead of 512.
   */
  @ParameterizedTest
  @CsvSource({
    "alexnet, 60965224",
    "vgg16, 138357544",
    "vgg19, 143667240",
    "googlenet, 13378280",
    "resnet18, 11689512",
    "resnet34, 21797672",
    "resnet50, 25557032",
    "resnet101, 44549160",
    "resnet152, 60192808",
    "squeezenet, 1248424"
  })
  void hasThePublishedNumberOfParameters(String name, long published) {
    ModelConfiguration model = Zoo.configuration(name, new ModelOptions(PHOTOS, 1000, 1, SGD));

    assertThat(model.learntCount()).isEqualTo(published);
  }

  /** Of networks whose papers tell no size. */
  @ParameterizedTest
  @CsvSource({
    "mlp, 669706",
    "lenet, 431080",
    "lstm-rows, 213258",
    "lstm-classifier, 1347338",
    "lstm-tagger, 2825738",
    "char-lm, 886116"
  })
  void hasTheParametersThatTheReadmeTells(String name, long told) {
    ModelOptions usual = new ModelOptions(Zoo.usualInput(name), Zoo.usualClasses(name), 1, SGD);

    assertThat(Zoo.configuration(name, usual).parameterCount()).isEqualTo(told);
  }

  /** An LSTM of n inputs and u units has 4u(n + u + 1): four gates with a bias each. */
  @Test
  void countsTheParametersOfLstms() {
    ModelVariant narrow = variant(16, 2);
    assertThat(tokens("lstm-classifier", narrow).parameterCount())
        .isEqualTo(100 * 16 + 2 * (64 * 33 + 64 * 49) + 10 * 33);
    assertThat(tokens("lstm-tagger", narrow).parameterCount())
        .isEqualTo(100 * 16 + 2 * (64 * 33 + 64 * 49) + 10 * 33);
    assertThat(tokens("char-lm", narrow).parameterCount())
        .isEqualTo(100 * 4 + 64 * 21 + 64 * 33 + 10 * 17);
    assertThat(
            Zoo.configuration("lstm-rows", new ModelOptions(GREY, 10, 1, SGD, narrow))
                .parameterCount())
        .isEqualTo(64 * 45 + 64 * 33 + 10 * 17);
  }

  @Test
  void theBatchNormalisationsStatisticsAreParametersOfDl4jOnly() {
    ModelConfiguration model =
        Zoo.configuration("resnet50", new ModelOptions(PHOTOS, 1000, 1, SGD));

    assertThat(model.parameterCount() - model.learntCount()).isEqualTo(53_120);
  }

  @Test
  void smallImagesGetAResNetWithTheStemForCifar() {
    // the 7x7 convolution has 64 x 3 x 40 weights more than the 3x3 one
    ModelOptions small =
        new ModelOptions(new ModelInput.Images(new ImageShape(3, 32, 32)), 10, 1, SGD);
    ModelOptions large = new ModelOptions(PHOTOS, 10, 1, SGD);

    assertThat(Zoo.configuration("resnet18", large).learntCount())
        .isEqualTo(Zoo.configuration("resnet18", small).learntCount() + 64 * 3 * 40);
    assertThat(Zoo.configuration("resnet18", with(small, Stem.IMAGENET)).learntCount())
        .isEqualTo(Zoo.configuration("resnet18", large).learntCount());
    assertThat(Zoo.configuration("resnet18", with(large, Stem.CIFAR)).learntCount())
        .isEqualTo(Zoo.configuration("resnet18", small).learntCount());
  }

  @ParameterizedTest
  @CsvSource({"resnet18, 2, 8", "resnet50, 3, 16"})
  void everyBlockOfAResNetBeginsAsTheIdentity(String name, int lastOfBlock, int blocks) {
    ModelOptions narrow = new ModelOptions(PHOTOS, 10, 1, SGD, width(4));
    ModelConfiguration model = Zoo.configuration(name, narrow);
    float[] parameters = Network.initialState(model).parameters();
    int zeros = 0;
    for (ParameterTensor tensor : Network.layoutOf(model).tensors()) {
      if (tensor.name().endsWith("_gamma")) {
        boolean isLast = tensor.name().endsWith("/" + lastOfBlock + "/norm_gamma");
        int from = Math.toIntExact(tensor.offset());
        assertThat(Arrays.copyOfRange(parameters, from, from + Math.toIntExact(tensor.size())))
            .as(tensor.name())
            .containsOnly(isLast ? 0 : 1);
        zeros += isLast ? 1 : 0;
      }
    }
    assertThat(zeros).isEqualTo(blocks);
  }

  @ParameterizedTest
  @MethodSource("tributary.worker.model.Zoo#names")
  void readsBackFromItsJson(String name) {
    boolean ofWords = Zoo.names(WORDS).contains(name);
    ModelConfiguration model =
        Zoo.configuration(name, new ModelOptions(ofWords ? WORDS : PHOTOS, 10, 1, SGD));
    ModelConfiguration again = ModelConfiguration.parse(model.json(), name);

    assertThat(again.kind()).isEqualTo(model.kind());
    assertThat(again.kind() == ModelConfiguration.Kind.GRAPH ? again.graph() : again.multiLayer())
        .isEqualTo(
            model.kind() == ModelConfiguration.Kind.GRAPH ? model.graph() : model.multiLayer());
    assertThat(again.parameterCount()).isEqualTo(model.parameterCount());
  }

  @Test
  void refusesTheOtherKindOfExamples() {
    assertThatThrownBy(() -> Zoo.configuration("lenet", new ModelOptions(WORDS, 10, 1, SGD)))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Model lenet takes images, the data are tokens; models of tokens are [char-lm,"
                + " lstm-classifier, lstm-tagger]");
    assertThatThrownBy(() -> Zoo.configuration("char-lm", new ModelOptions(GREY, 10, 1, SGD)))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(
            "Model char-lm takes tokens, the data are images; models of images are [alexnet, ");
  }

  @Test
  void refusesWhatANetworkHasNoChoiceOf() {
    assertThatThrownBy(
            () -> Zoo.configuration("vgg16", new ModelOptions(PHOTOS, 10, 1, SGD, variant(16, 3))))
        .isInstanceOf(ModelException.class)
        .hasMessage("Model vgg16 has no settings [depth] under \"model\"; it has [width, dropout]");
  }

  @ParameterizedTest
  @CsvSource({
    "alexnet, 62, 63",
    "googlenet, 64, 65",
    "squeezenet, 34, 35",
    "vgg16, 31, 32",
    "lenet, 15, 16"
  })
  void takesImagesDownToWhatItsPoolingsLeaveAPixelOf(String name, int tooSmall, int smallest) {
    assertThatThrownBy(() -> Zoo.configuration(name, ofSide(tooSmall)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "%s needs images of at least %dx%d, found %dx%d",
            name, smallest, smallest, tooSmall, tooSmall);
    assertThat(Zoo.configuration(name, ofSide(smallest)).parameterCount()).isPositive();
  }

  @Test
  void refusesWidthsThatItsOtherWidthsDoNotFollow() {
    assertThatThrownBy(
            () ->
                Zoo.configuration(
                    "googlenet",
                    new ModelOptions(
                        PHOTOS,
                        10,
                        1,
                        SGD,
                        new ModelVariant(
                            OptionalInt.of(12),
                            OptionalInt.empty(),
                            OptionalDouble.empty(),
                            Stem.AUTO))))
        .isInstanceOf(ModelException.class)
        .hasMessage("googlenet needs a model.width that is a multiple of 8, found 12");
  }

  private static ModelConfiguration tokens(String name, ModelVariant variant) {
    return Zoo.configuration(name, new ModelOptions(WORDS, 10, 1, SGD, variant));
  }

  private static ModelVariant width(int width) {
    return new ModelVariant(
        OptionalInt.of(width), OptionalInt.empty(), OptionalDouble.empty(), Stem.AUTO);
  }

  private static ModelVariant variant(int width, int depth) {
    return new ModelVariant(
        OptionalInt.of(width), OptionalInt.of(depth), OptionalDouble.empty(), Stem.AUTO);
  }

  private static ModelOptions with(ModelOptions options, Stem stem) {
    return new ModelOptions(
        options.input(),
        options.classes(),
        options.seed(),
        options.optimizer(),
        new ModelVariant(OptionalInt.empty(), OptionalInt.empty(), OptionalDouble.empty(), stem));
  }

  private static ModelOptions ofSide(int side) {
    return new ModelOptions(new ModelInput.Images(new ImageShape(3, side, side)), 10, 1, SGD);
  }
}
