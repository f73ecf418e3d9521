package tributary.datasets.image;

import java.util.Optional;

/** Formats of pictures that are decoded, told by content alone. */
public enum ImageFormat {
  /** Portable Network Graphics. */
  PNG("png"),
  /** Baseline or progressive JPEG. */
  JPEG("jpg");

  private final String extension;

  ImageFormat(String extension) {
    this.extension = extension;
  }

  /** The usual extension of such files, without a dot. */
  public String extension() {
    return extension;
  }

  /** The format that the first bytes tell; empty if it is none of these. */
  public static Optional<ImageFormat> of(byte[] bytes) {
    return switch (Signature.of(bytes)) {
      case PNG -> Optional.of(PNG);
      case JPEG -> Optional.of(JPEG);
      default -> Optional.empty();
    };
  }
}
