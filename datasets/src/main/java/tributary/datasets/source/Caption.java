package tributary.datasets.source;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import tributary.datasets.shard.BadExampleException;

/** Texts that describe an image. */
final class Caption {
  private static final String BYTE_ORDER_MARK = "\ufeff";

  private Caption() {}

  /**
   * The first line of a text in UTF-8, without spaces around it; others repeat it in more
   * languages.
   *
   * @throws BadExampleException if it is not UTF-8, or the line is blank
   */
  static byte[] firstLine(byte[] text) throws BadExampleException {
    String decoded = text("the caption", text);
    String start = decoded.startsWith(BYTE_ORDER_MARK) ? decoded.substring(1) : decoded;
    String line = start.lines().findFirst().orElse("").strip();
    if (line.isEmpty()) {
      throw new BadExampleException("expected a caption in the first line, found a blank one");
    }
    return line.getBytes(StandardCharsets.UTF_8);
  }

  /** A caption as one of several lines: a line break in it becomes a blank. */
  static String oneLine(String caption) {
    return caption
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .collect(Collectors.joining(" "));
  }

  /**
   * Bytes of UTF-8 as text.
   *
   * @param what they are, for the error
   * @throws BadExampleException if they are not UTF-8
   */
  static String text(String what, byte[] bytes) throws BadExampleException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new BadExampleException(what + " is not UTF-8: " + e.getMessage());
    }
  }
}
