package tributary.datasets.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tributary.datasets.DataException;
import tributary.datasets.Seeds;
import tributary.datasets.testing.TextData;

@Timeout(60)
class LineReaderTest {
  private static final Configuration CONF = new Configuration();
  private static final int MAX = 1 << 20;

  @TempDir Path folder;

  @Test
  void eachLineKnowsItsByte() throws IOException {
    assertThat(lines("one\ntwo\r\n\nlast"))
        .containsExactly("0+4 one", "4+5 two", "9+1 ", "10+4 last");
  }

  @Test
  void theLastLineFeedStartsNoLine() throws IOException {
    assertThat(lines("a\n")).containsExactly("0+2 a");
    assertThat(lines("")).isEmpty();
    assertThat(lines("\r\n")).containsExactly("0+2 ");
  }

  @Test
  void aCarriageReturnGoesOnlyWithALineFeed() throws IOException {
    assertThat(lines("a\rb\r\nc\r")).containsExactly("0+5 a\rb", "5+2 c\r");
  }

  @Test
  void aByteOrderMarkIsSkippedAtTheBeginningOnly() throws IOException {
    assertThat(lines("\ufeffa\n\ufeffb")).containsExactly("3+2 a", "5+4 \ufeffb");
    assertThat(lines("\ufeff")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n"})
  void aLineMayBeAsLongAsAllowedAndNoLonger(String end) throws IOException {
    String fits = "x".repeat(100);
    Path file = TextData.write(folder.resolve("lines"), fits + end + fits + "y" + end + "z");

    List<Line> lines = read(file, 0, 100);
    assertThat(lines).extracting(Line::isTooLong).containsExactly(false, true, false);
    assertThat(lines.get(1).length()).isEqualTo(101 + end.length());
    assertThat(lines.get(2).offset()).isEqualTo(201 + 2 * end.length());
  }

  @Test
  void aLineOfTenMegabytesIsSkippedAndTheNextIsFound() throws IOException {
    byte[] bytes = new byte[10_000_000];
    Arrays.fill(bytes, (byte) 'x');
    bytes[0] = '\n';
    bytes[bytes.length - 2] = '\n';

    List<Line> lines = read(TextData.write(folder.resolve("lines"), bytes), 0, MAX);
    assertThat(lines).extracting(Line::offset).containsExactly(0L, 1L, 9_999_999L);
    assertThat(lines).extracting(Line::isTooLong).containsExactly(false, true, false);
    assertThat(lines.get(1).length()).isEqualTo(9_999_998);
  }

  @Test
  void gzipGivesTheSameLinesAndTheOffsetsOfWhatIsInIt() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      byte[] bytes = randomBytes(seed);
      Path plain = TextData.write(folder.resolve("plain"), bytes);
      Path packed = TextData.write(folder.resolve("packed.gz"), TextData.gzip(bytes));

      assertThat(told(read(packed, 0, MAX))).isEqualTo(told(read(plain, 0, MAX)));
    }
  }

  @Test
  void linesAreThoseOfTheWholeFileInMemory() throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      byte[] bytes = randomBytes(seed);
      Path file = TextData.write(folder.resolve("lines"), bytes);

      assertThat(told(read(file, 0, 50))).isEqualTo(told(cut(bytes, 50)));
    }
  }

  @Test
  void readingFromAnyLineOnGivesTheSameLines() throws IOException {
    byte[] bytes = randomBytes(7);
    Path file = TextData.write(folder.resolve("lines"), bytes);
    Path packed = TextData.write(folder.resolve("lines.gz"), TextData.gzip(bytes));
    List<Line> all = read(file, 0, MAX);

    for (int i = 0; i < all.size(); i += 1 + all.size() / 20) {
      for (Path path : List.of(file, packed)) {
        assertThat(told(read(path, all.get(i).offset(), MAX)))
            .isEqualTo(told(all.subList(i, all.size())));
      }
    }
  }

  @Test
  void linesGivenBackComeAgain() throws IOException {
    Path file = TextData.write(folder.resolve("lines"), "a\nb\nc\n");
    try (LineReader reader = LineReader.open(file.toString(), 0, MAX, CONF)) {
      Line a = reader.next();
      List<Line> two = List.of(reader.next(), reader.next());
      reader.giveBack(two);

      assertThat(reader.offset()).isEqualTo(a.length());
      assertThat(List.of(reader.next(), reader.next())).isEqualTo(two);
      assertThat(reader.next()).isNull();
    }
  }

  @Test
  void aDamagedGzipFileIsNamed() throws IOException {
    byte[] packed = TextData.gzip(randomBytes(3));
    Path file = TextData.write(folder.resolve("cut.gz"), Arrays.copyOf(packed, packed.length / 2));
    assertThatThrownBy(() -> read(file, 0, MAX))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("Bad gzip file")
        .hasMessageContaining("cut.gz after byte ");

    Path none = TextData.write(folder.resolve("none.gz"), "no gzip at all");
    assertThatThrownBy(() -> read(none, 0, MAX))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("none.gz");
  }

  @Test
  void aMissingFileIsNamedWithTheUser() {
    assertThatThrownBy(() -> read(folder.resolve("missing.txt"), 0, MAX))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("missing.txt as user ");
  }

  private List<String> lines(String text) throws IOException {
    return read(TextData.write(folder.resolve("text"), text), 0, MAX).stream()
        .map(
            line ->
                line.offset()
                    + "+"
                    + line.length()
                    + " "
                    + new String(line.bytes(), StandardCharsets.UTF_8))
        .toList();
  }

  private static List<String> told(List<Line> lines) {
    return lines.stream()
        .map(line -> line.offset() + "+" + line.length() + " " + Arrays.toString(line.bytes()))
        .toList();
  }

  private static List<Line> read(Path file, long from, int max) throws IOException {
    List<Line> lines = new ArrayList<>();
    try (LineReader reader = LineReader.open(file.toString(), from, max, CONF)) {
      for (Line line = reader.next(); line != null; line = reader.next()) {
        lines.add(line);
      }
    }
    return lines;
  }

  /** The slow way. */
  private static List<Line> cut(byte[] bytes, int max) {
    List<Line> lines = new ArrayList<>();
    int start = 0;
    while (start < bytes.length) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      int next = Math.min(end + 1, bytes.length);
      int last = end < bytes.length && end > start && bytes[end - 1] == '\r' ? end - 1 : end;
      byte[] line = Arrays.copyOfRange(bytes, start, last);
      lines.add(new Line(start, next - start, line.length > max ? null : line));
      start = next;
    }
    return lines;
  }

  /** Short lines and long ones, larger than any buffer together. */
  private static byte[] randomBytes(int seed) {
    SplittableRandom random = Seeds.random(seed, 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int lines = random.nextInt(1, 2_000);
    for (int i = 0; i < lines; i++) {
      int length = random.nextInt(20) == 0 ? random.nextInt(3_000) : random.nextInt(60);
      for (int j = 0; j < length; j++) {
        out.write("ab\r\u00e9".charAt(random.nextInt(4)));
      }
      out.writeBytes((random.nextBoolean() ? "\n" : "\r\n").getBytes(StandardCharsets.US_ASCII));
    }
    byte[] bytes = out.toByteArray();
    return Arrays.copyOf(bytes, bytes.length - random.nextInt(3));
  }
}
