package tributary.worker.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import tributary.datasets.testing.Gadget;

class Dl4jZipTest {
  private static final ModelConfiguration STACK = TinyNets.stack(new Adam(1e-3));

  @TempDir Path folder;

  @Test
  void whatDl4jWritesIsReadToTheBit() throws IOException {
    Nd4jRuntime.load();
    MultiLayerNetwork network = new MultiLayerNetwork(STACK.multiLayer());
    network.init();
    ByteArrayOutputStream zip = new ByteArrayOutputStream();
    ModelSerializer.writeModel(network, zip, /* saveUpdater= */ true);

    Pretrained read = read(zip.toByteArray());

    assertThat(read.parameters()).isEqualTo(Network.initialState(STACK).parameters());
    assertThat(read.model().multiLayer()).isEqualTo(network.getLayerWiseConfigurations());
  }

  @Test
  void dl4jReadsAStackWithItsOptimizerAndItsClock() throws IOException {
    ModelState state = drawn(STACK);
    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(
            new ByteArrayInputStream(written(STACK, state)), /* loadUpdater= */ true);

    assertThat(restored.params().toFloatVector()).isEqualTo(state.parameters());
    assertThat(restored.getUpdater().getStateViewArray().toFloatVector())
        .isEqualTo(state.optimizer());
    assertThat(restored.getIterationCount()).isEqualTo(120);
    assertThat(restored.getEpochCount()).isEqualTo(3);
  }

  @Test
  void dl4jReadsAGraphAndComputesTheSame() throws IOException {
    ModelConfiguration graph = TinyNets.graph();
    ModelState state = drawn(graph);
    var images = Nd4j.rand(2, 1, 28, 28);
    try (Network network = Network.build(graph)) {
      network.load(state);
      var restored =
          ModelSerializer.restoreComputationGraph(
              new ByteArrayInputStream(written(graph, state)), /* loadUpdater= */ true);

      assertThat(restored.outputSingle(images).data().asFloat())
          .isEqualTo(network.output(images).data().asFloat());
    }
  }

  /** Its classes are not there where stock DL4J reads the zip. */
  @Test
  void aScheduleOfOursIsWrittenAsTheRateOfItsStep() throws IOException {
    RateSchedule schedule = new RateSchedule(RateSchedule.Type.COSINE, 100, 40, 0.1, 1, 0);
    ModelConfiguration model =
        ModelConfiguration.of(
            new NeuralNetConfiguration.Builder()
                .updater(new Adam(schedule.from(0.5)))
                .list()
                .layer(new OutputLayer.Builder().nIn(3).nOut(2).build())
                .build());

    byte[] zip = written(model, drawn(model)); // at step 120, half of the way down

    MultiLayerNetwork restored =
        ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(zip), true);
    assertThat(restored.getLayerWiseConfigurations().toJson()).doesNotContain("tributary");
    assertThat(restored.getLearningRate(0)).isCloseTo(0.25, within(1e-9));
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    ModelState state = drawn(STACK);
    assertThat(read(written(STACK, state)).parameters()).isEqualTo(state.parameters());
  }

  @Test
  void otherEntriesAreNeitherReadNorUnpacked() throws IOException {
    Path sprung = folder.resolve("sprung");
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(ModelSerializer.PREPROCESSOR_BIN, Gadget.leaving(sprung));
    entries.put("../../outside", new byte[] {1});
    entries.put("/" + folder.resolve("outside"), new byte[] {1});
    entries.put(ModelSerializer.CONFIGURATION_JSON, utf8(STACK.json()));
    entries.put(ModelSerializer.COEFFICIENTS_BIN, array(drawn(STACK).parameters()));

    assertThat(read(zip(entries)).parameters()).isEqualTo(drawn(STACK).parameters());

    assertThat(sprung).doesNotExist();
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void serialisedObjectsInPlaceOfParametersAreRefused() throws IOException {
    Path sprung = folder.resolve("sprung");
    byte[] gadget = new byte[1 << 20];
    byte[] serialised = Gadget.leaving(sprung);
    System.arraycopy(serialised, 0, gadget, 0, serialised.length);

    assertThatThrownBy(() -> read(zip(STACK.json(), gadget)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("my.zip, coefficients.bin");
    assertThat(sprung).doesNotExist();
  }

  @Test
  void aClassThatIsNotDl4jsIsNotLookedFor() {
    String foreign =
        STACK.json().replaceFirst("org\\.deeplearning4j\\.nn\\.conf\\.layers\\.\\w+", "evil.Layer");
    assertThatThrownBy(() -> read(zip(foreign, array(new float[1]))))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("my.zip, configuration.json")
        .hasMessageContaining("it names classes that are not DL4J's: [evil.Layer]");
  }

  @Test
  void aConfigurationOfManyMoreParametersThanTheZipHoldsTakesNoMemory() {
    String huge = STACK.json().replaceAll("\"nout\" : 16", "\"nout\" : 2000000");
    assertThat(huge).isNotEqualTo(STACK.json());
    assertThatThrownBy(() -> read(zip(huge, array(new float[1]))))
        .isInstanceOf(ModelException.class)
        .hasMessageMatching(
            "my.zip, coefficients.bin does not fit its configuration: expected \\d+ parameters,"
                + " found \\d+ bytes");
  }

  @Test
  void anotherNumberOfParametersIsRefused() {
    int expected = Network.initialState(STACK).parameters().length;
    assertThatThrownBy(() -> read(zip(STACK.json(), array(new float[expected + 7]))))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "my.zip, coefficients.bin does not fit its configuration: found %d values in a"
                + " dimension where the configuration has %d in all",
            expected + 7, expected);
  }

  @Test
  void aLengthBesideTheShapeIsRefusedBeforeMemoryIsTaken() throws IOException {
    int expected = Network.initialState(STACK).parameters().length;
    byte[] bytes = array(new float[expected]);
    int header = bytes.length - expected * Float.BYTES;
    int lengthAt = header - Long.BYTES - (2 + "FLOAT".length());
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    in.skipNBytes(lengthAt);
    assertThat(in.readLong()).isEqualTo(expected);
    bytes[lengthAt] = 0x10;

    assertThatThrownBy(() -> read(zip(STACK.json(), bytes)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("does not fit its configuration: found 1152921504606");
  }

  @Test
  void parametersThatAreNotFiniteAreRefused() {
    float[] parameters = drawn(STACK).parameters();
    parameters[3] = Float.NaN;
    assertThatThrownBy(() -> read(zip(STACK.json(), array(parameters))))
        .isInstanceOf(ModelException.class)
        .hasMessage("my.zip, coefficients.bin: expected finite parameters, parameter 3 is NaN");
  }

  @Test
  void doublesAreRefusedByName() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    double[] values = new double[Network.initialState(STACK).parameters().length];
    assertThatThrownBy(
            () -> {
              Nd4j.write(
                  Nd4j.createFromArray(values).reshape(1, values.length),
                  new DataOutputStream(bytes));
              read(zip(STACK.json(), bytes.toByteArray()));
            })
        .isInstanceOf(ModelException.class)
        .hasMessage("my.zip, coefficients.bin: expected values of type FLOAT, found DOUBLE");
  }

  @Test
  void filesThatAreNoSuchZipsAreRefused() throws IOException {
    byte[] whole = written(TinyNets.stack(), drawn(TinyNets.stack()));
    byte[] half = Arrays.copyOf(whole, whole.length / 2);
    assertThatThrownBy(() -> read(half))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("my.zip is not a whole zip: ");
    assertThatThrownBy(() -> read(utf8("no zip")))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "my.zip: expected a zip as DL4J's ModelSerializer writes it, found no entry"
                + " configuration.json");
    assertThatThrownBy(() -> read(zip(Map.of("configuration.json", utf8(STACK.json())))))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("found no entry coefficients.bin");
  }

  private static Pretrained read(byte[] zip) throws IOException {
    return Dl4jZip.read(() -> new ByteArrayInputStream(zip), "my.zip");
  }

  private static byte[] written(ModelConfiguration model, ModelState state) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Dl4jZip.write(model, state, 120, 3, Map.of("tributary.json", utf8("{}")), out);
    return out.toByteArray();
  }

  private static ModelState drawn(ModelConfiguration model) {
    ModelState initial = Network.initialState(model);
    float[] optimizer = initial.optimizer().clone();
    for (int i = 0; i < optimizer.length; i++) {
      optimizer[i] = 1f / (i + 1);
    }
    return new ModelState(initial.parameters(), optimizer);
  }

  private static byte[] zip(String configuration, byte[] coefficients) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    entries.put(ModelSerializer.CONFIGURATION_JSON, utf8(configuration));
    entries.put(ModelSerializer.COEFFICIENTS_BIN, coefficients);
    return zip(entries);
  }

  private static byte[] zip(Map<String, byte[]> entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] array(float[] values) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Nd4jArrays.write(values, new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
