package tributary.driver.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.Checks;
import tributary.datasets.Seeds;
import tributary.worker.model.ParameterTensor;

class SafetensorsTest {
  private static final List<ParameterTensor> TWO =
      List.of(tensor("0_W", 0, false, 2, 3), tensor("0_b", 6, false, 1, 2));
  private static final float[] EIGHT = {1, -2, 0.5f, 4, 5, 6, 7, 8};
  private static final String HEADER =
      "{\"0_W\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
          + "\"0_b\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[24,32]}}";

  @Test
  void theFileIsWhatTheFormatSaysToTheByte() throws IOException {
    byte[] expected = file(HEADER + " ".repeat(8 - HEADER.length() % 8), EIGHT);

    assertThat(HEADER.length() % 8).isNotZero();
    assertThat(written(TWO, EIGHT)).isEqualTo(expected);
    assertThat(Arrays.copyOf(expected, 8)).containsExactly(120, 0, 0, 0, 0, 0, 0, 0);
    assertThat(Arrays.copyOfRange(expected, 8 + 120, 8 + 120 + 8))
        .containsExactly(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0);
  }

  @Test
  void anyTensorsReadBackToTheBit() throws IOException {
    SplittableRandom random = Seeds.random(3);
    for (int i = 0; i < 100; i++) {
      List<ParameterTensor> tensors = randomTensors(random, 1 + random.nextInt(40));
      float[] values = TinyCheckpoint.values(random, size(tensors));

      byte[] file = written(tensors, values);

      assertThat(bits(read(file, tensors))).isEqualTo(bits(values));
      requireReadableByOthers(file, tensors, values);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 65_535, 65_536, 65_537, 200_000})
  void vectorsAroundTheBufferSizeReadBack(int size) throws IOException {
    List<ParameterTensor> tensors = List.of(tensor("all", 0, false, size));
    float[] values = TinyCheckpoint.values(Seeds.random(size), size);

    assertThat(bits(read(written(tensors, values), tensors))).isEqualTo(bits(values));
  }

  @Test
  void noTensorsAreAFileToo() throws IOException {
    byte[] file = written(List.of(), new float[0]);

    assertThat(file).isEqualTo(file("{}      "));
    assertThat(read(file, List.of())).isEmpty();
  }

  @Test
  void aColumnMajorTensorIsListedAsItsTranspose() throws IOException {
    List<ParameterTensor> tensors = List.of(tensor("2_W", 0, true, 2, 3));
    float[] columns = {11, 21, 12, 22, 13, 23};

    Parsed parsed = parse(written(tensors, columns));

    assertThat(parsed.shapes.get("2_W")).containsExactly(3L, 2L);
    float[] rows = parsed.values.get("2_W");
    for (int row = 0; row < 3; row++) {
      for (int column = 0; column < 2; column++) {
        assertThat(rows[row * 2 + column]).isEqualTo(10 * (column + 1) + (row + 1));
      }
    }
  }

  @Test
  void anotherShapeIsRefusedByTensor() throws IOException {
    byte[] file = written(List.of(tensor("0_W", 0, false, 3, 2), TWO.get(1)), EIGHT);

    assertThatThrownBy(() -> read(file, TWO))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "p.safetensors does not fit the model: tensor 0_W: expected"
                + " {\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}, found"
                + " {\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}");
  }

  @Test
  void aMissingTensorIsNamed() throws IOException {
    byte[] file = written(TWO.subList(0, 1), Arrays.copyOf(EIGHT, 6));

    assertThatThrownBy(() -> read(file, TWO))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("p.safetensors does not fit the model: tensor 0_b: expected ")
        .hasMessageEndingWith("found none");
  }

  @Test
  void aTensorTooManyIsNamed() throws IOException {
    byte[] file = written(TWO, EIGHT);

    assertThatThrownBy(() -> read(file, TWO.subList(0, 1)))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "p.safetensors does not fit the model: it holds tensors the model has not: [0_b]");
  }

  @ParameterizedTest
  @ValueSource(longs = {1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE, 0, 1, (64 << 20) + 1})
  void anAbsurdHeaderLengthIsRefusedBeforeMemoryIsTaken(long length) {
    byte[] file = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(length).array();

    assertThatThrownBy(() -> read(file, TWO))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "p.safetensors: header length at byte 0: expected 2..67108864, found " + length);
  }

  @Test
  void aTensorOfATerabyteIsRefusedBeforeMemoryIsTaken() {
    byte[] file =
        file(
            "{\"0_W\":{\"dtype\":\"F32\",\"shape\":[274877906944],\"data_offsets\":[0,1099511627776]}}");

    assertThatThrownBy(() -> read(file, TWO))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor 0_W: expected")
        .hasMessageContaining("found")
        .hasMessageContaining("1099511627776");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{\"0_W\":", "not json", "{]      "})
  void aHeaderThatIsNotJsonIsRefused(String header) {
    assertThatThrownBy(() -> read(file(header), TWO))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("p.safetensors: header at byte 8 is not JSON");
  }

  @Test
  void aFileCutAnywhereIsRefused() throws IOException {
    byte[] file = written(TWO, EIGHT);
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);

      assertThatThrownBy(() -> read(cut, TWO))
          .as("cut to %d bytes", length)
          .isInstanceOf(CheckpointException.class)
          .hasMessage("p.safetensors ends before its last tensor");
    }
  }

  @Test
  void bytesAfterTheLastTensorAreRefused() throws IOException {
    byte[] file = written(TWO, EIGHT);

    assertThatThrownBy(() -> read(Arrays.copyOf(file, file.length + 1), TWO))
        .isInstanceOf(CheckpointException.class)
        .hasMessage("p.safetensors goes on after its last tensor");
  }

  @Test
  void valuesThatDoNotFillTheTensorsAreNotWritten() {
    assertThatThrownBy(() -> written(TWO, new float[7]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("7 values do not fill tensors of 8");
  }

  @Test
  void aStreamThatGivesLittleAtATimeIsReadWhole() throws IOException {
    InputStream slow =
        new ByteArrayInputStream(written(TWO, EIGHT)) {
          @Override
          public synchronized int read(byte[] into, int from, int length) {
            return super.read(into, from, Math.min(3, length));
          }
        };

    assertThat(Safetensors.read(slow, TWO, "p.safetensors")).containsExactly(EIGHT);
  }

  private static void requireReadableByOthers(
      byte[] file, List<ParameterTensor> tensors, float[] values) {
    Parsed parsed = parse(file);
    assertThat(parsed.values).hasSize(tensors.size());
    for (ParameterTensor tensor : tensors) {
      int from = Math.toIntExact(tensor.offset());
      int to = Math.toIntExact(tensor.offset() + tensor.size());
      assertThat(bits(parsed.values.get(tensor.name())))
          .isEqualTo(bits(Arrays.copyOfRange(values, from, to)));
    }
  }

  private static List<ParameterTensor> randomTensors(SplittableRandom random, int count) {
    List<ParameterTensor> tensors = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < count; i++) {
      long[] shape = new long[random.nextInt(5)];
      Arrays.setAll(shape, dimension -> random.nextInt(6));
      tensors.add(tensor("layer \u00e4\"" + i + "_W", offset, random.nextBoolean(), shape));
      offset += tensors.get(i).size();
    }
    return tensors;
  }

  private static ParameterTensor tensor(
      String name, long offset, boolean columnMajor, long... shape) {
    return new ParameterTensor(
        name, "layer", offset, Arrays.stream(shape).boxed().toList(), columnMajor);
  }

  private static long size(List<ParameterTensor> tensors) {
    return tensors.stream().mapToLong(ParameterTensor::size).sum();
  }

  private static byte[] written(List<ParameterTensor> tensors, float[] values) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Safetensors.write(out, tensors, values);
    return out.toByteArray();
  }

  private static float[] read(byte[] file, List<ParameterTensor> tensors) throws IOException {
    return Safetensors.read(new ByteArrayInputStream(file), tensors, "p.safetensors");
  }

  private static byte[] file(String header, float... values) {
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + bytes.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(bytes.length).put(bytes);
    for (float value : values) {
      file.putFloat(value);
    }
    return file.array();
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }

  /** What a reader that knows nothing but the format finds. */
  private record Parsed(Map<String, List<Long>> shapes, Map<String, float[]> values) {}

  private static Parsed parse(byte[] file) {
    Pattern entry =
        Pattern.compile(
            "\"((?:[^\"\\\\]|\\\\.)*)\":\\{\"dtype\":\"F32\",\"shape\":\\[([0-9,]*)\\],"
                + "\"data_offsets\":\\[(\\d+),(\\d+)\\]\\}");
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(bytes.getLong());
    Matcher matcher = entry.matcher(new String(file, 8, length, StandardCharsets.UTF_8));
    Parsed parsed = new Parsed(new LinkedHashMap<>(), new LinkedHashMap<>());
    while (matcher.find()) {
      String name = matcher.group(1).replace("\\\"", "\"");
      List<Long> shape =
          Arrays.stream(matcher.group(2).split(","))
              .filter(text -> !text.isEmpty())
              .map(Long::valueOf)
              .toList();
      int from = Integer.parseInt(matcher.group(3));
      float[] values = new float[(Integer.parseInt(matcher.group(4)) - from) / 4];
      bytes.position(8 + length + from);
      bytes.asFloatBuffer().get(values);
      assertThat((long) values.length)
          .as(Checks.format("size of %s", name))
          .isEqualTo(shape.stream().reduce(1L, (a, b) -> a * b));
      parsed.shapes.put(name, shape);
      parsed.values.put(name, values);
    }
    return parsed;
  }
}
