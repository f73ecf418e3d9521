package tributary.datasets.source;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.Arrays;
import tributary.datasets.Checks;

/**
 * Turns bytes into text, strictly: nothing is replaced. Text is in Unicode's normalization form C,
 * so that a word has one spelling. Sent.
 *
 * @param charset name of the encoding
 */
record TextDecoder(String charset) implements Serializable {
  /** What every line-based format cuts at, and the letters that it is made of. */
  private static final String ASCII = "\n\r\t \",;:/#_-{}[]0123456789azAZ";

  TextDecoder {
    Checks.argument(isUsable(charset), "no encoding for lines of text: %s", charset);
  }

  /** Whether there is such an encoding, and ASCII's bytes mean the same in it. */
  static boolean isUsable(String charset) {
    try {
      Charset found = Charset.forName(charset);
      return found.canEncode()
          && Arrays.equals(ASCII.getBytes(found), ASCII.getBytes(StandardCharsets.US_ASCII));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** The text of a line. */
  String decode(Line line, int lineOfRecord, int maxLineBytes) throws BadRecordException {
    if (line.isTooLong()) {
      throw new BadRecordException(
          lineOfRecord,
          Checks.format(
              "%d bytes, more than the %d that may be (--max-line-bytes)",
              line.length(), maxLineBytes));
    }
    try {
      return decode(line.bytes(), line.offset());
    } catch (BadRecordException e) {
      throw new BadRecordException(lineOfRecord, e.getMessage());
    }
  }

  /**
   * The text of bytes.
   *
   * @param offset byte of the file where they start, for the error
   */
  String decode(byte[] bytes, long offset) throws BadRecordException {
    Charset encoding = Charset.forName(charset);
    CharsetDecoder decoder =
        encoding
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out =
        CharBuffer.allocate(1 + (int) Math.ceil(bytes.length * (double) decoder.maxCharsPerByte()));
    if (decoder.decode(in, out, /* endOfInput= */ true).isError() || decoder.flush(out).isError()) {
      throw new BadRecordException(
          0,
          Checks.format(
              "byte %d is 0x%02x, which is not %s here; name the encoding with --charset",
              offset + in.position(), bytes[in.position()], charset));
    }
    String text = out.flip().toString();
    int nul = text.indexOf('\0');
    if (nul >= 0) {
      long at = offset + text.substring(0, nul).getBytes(encoding).length;
      throw new BadRecordException(0, Checks.format("byte %d is NUL, which no text has", at));
    }
    return normalized(text);
  }

  /** Text in normalization form C. */
  static String normalized(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC);
  }
}
