package tributary.datasets.image;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Kinds of files told apart by their first bytes; names never count. */
enum Signature {
  EMPTY("an empty file"),
  PNG("PNG"),
  JPEG("JPEG"),
  GIF("GIF"),
  WEBP("WebP"),
  BMP("BMP"),
  TIFF("TIFF"),
  HTML("HTML"),
  UNKNOWN("unknown bytes");

  private static final int PROBE_BYTES = 64;

  private final String title;

  Signature(String title) {
    this.title = title;
  }

  /** The kind in words, for error messages. */
  String title() {
    return title;
  }

  static Signature of(byte[] bytes) {
    String start =
        new String(bytes, 0, Math.min(bytes.length, PROBE_BYTES), StandardCharsets.ISO_8859_1);
    if (start.isEmpty()) {
      return EMPTY;
    }
    if (start.startsWith("\u0089PNG\r\n\u001a\n")) {
      return PNG;
    }
    if (start.startsWith("\u00ff\u00d8\u00ff")) {
      return JPEG;
    }
    return foreign(start);
  }

  private static Signature foreign(String start) {
    if (start.startsWith("GIF8")) {
      return GIF;
    }
    if (start.startsWith("RIFF") && start.startsWith("WEBP", 8)) {
      return WEBP;
    }
    if (start.startsWith("BM")) {
      return BMP;
    }
    if (start.startsWith("II*\0") || start.startsWith("MM\0*")) {
      return TIFF;
    }
    String text = start.stripLeading().toLowerCase(Locale.ROOT);
    return text.startsWith("<!doctype") || text.startsWith("<html") ? HTML : UNKNOWN;
  }
}
