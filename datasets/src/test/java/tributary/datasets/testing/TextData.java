package tributary.datasets.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.source.ExampleSource;
import tributary.datasets.source.SourceFormat;
import tributary.datasets.source.SourceOptions;
import tributary.datasets.source.TextOptions;

/** Small files of text, and sources over them. */
public final class TextData {
  private TextData() {}

  /** Writes UTF-8. */
  public static Path write(Path file, String text) {
    return write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes; missing folders are made. */
  public static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes as gzip has them. */
  public static byte[] gzip(byte[] bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A source over files, folders or globs, which do not say what split they are. */
  public static ExampleSource open(SourceFormat format, TextOptions options, Object... paths)
      throws IOException {
    return format.open(
        new SourceOptions(
            Arrays.stream(paths)
                .map(path -> new SourceOptions.Input(Optional.empty(), path.toString()))
                .toList(),
            List.of(),
            options),
        new Configuration());
  }

  /** Options for these columns; an empty label column for none. */
  public static TextOptions columns(String label, String... texts) {
    return new TextOptions(List.of(texts), label, null, true, "UTF-8", 1 << 20);
  }

  /** The default options in another encoding. */
  public static TextOptions charset(String charset) {
    return new TextOptions(List.of("text"), "label", null, true, charset, 1 << 20);
  }

  /** The default options with another delimiter. */
  public static TextOptions delimiter(String delimiter) {
    return new TextOptions(List.of("text"), "label", delimiter, true, "UTF-8", 1 << 20);
  }

  /** The default options with shorter lines. */
  public static TextOptions maxLineBytes(int bytes) {
    return new TextOptions(List.of("text"), "label", null, true, "UTF-8", bytes);
  }

  /** Columns by number: the table has no header. */
  public static TextOptions noHeader(String label, String... texts) {
    return new TextOptions(List.of(texts), label, null, false, "UTF-8", 1 << 20);
  }
}
