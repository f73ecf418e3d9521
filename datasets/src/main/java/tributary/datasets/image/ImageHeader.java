package tributary.datasets.image;

import tributary.datasets.Checks;

/**
 * What a picture says of itself, read in Java before native code sees a byte.
 *
 * @param format PNG or JPEG
 * @param height stored rows of pixels, at least 1
 * @param width stored columns of pixels, at least 1
 * @param bitDepth bits of one sample: 1, 2, 4, 8 or 16 for PNG, 8 for JPEG
 * @param components samples of one pixel, alpha included: 1 to 4; a palette index counts as 1
 * @param orientation how the stored pixels become the upright picture
 */
record ImageHeader(
    ImageFormat format,
    int height,
    int width,
    int bitDepth,
    int components,
    Orientation orientation) {
  /** Pictures with more pixels are refused: 64 Mi. */
  static final long MAX_PIXELS = 1L << 26;

  /** Checks magic bytes, header, size and end marker. */
  static ImageHeader read(byte[] bytes, long maxPixels) throws BadImageException {
    ImageHeader header =
        switch (Signature.of(bytes)) {
          case PNG -> PngStructure.check(bytes);
          case JPEG -> JpegStructure.check(bytes);
          default ->
              throw new BadImageException(
                  "expected PNG or JPEG, found " + Signature.of(bytes).title());
        };
    header.checkSize(maxPixels);
    return header;
  }

  /** Rows of the upright picture. */
  int uprightHeight() {
    return orientation.swapsSides() ? width : height;
  }

  /** Columns of the upright picture. */
  int uprightWidth() {
    return orientation.swapsSides() ? height : width;
  }

  private void checkSize(long maxPixels) throws BadImageException {
    if (height < 1 || width < 1) {
      throw new BadImageException(
          Checks.format("%s of %dx%d pixels has no area", format, width, height));
    }
    if ((long) height * width > maxPixels) {
      throw new BadImageException(
          Checks.format(
              "%s of %dx%d pixels: expected at most %d pixels", format, width, height, maxPixels));
    }
  }
}
