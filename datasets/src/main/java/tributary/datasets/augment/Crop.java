package tributary.datasets.augment;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tributary.datasets.Checks;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Cut;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.shard.ImageShape;

/** Which parts of a picture are seen. Sent to executors. */
public sealed interface Crop extends Serializable {
  /**
   * The looks at one picture, {@link #views} of them.
   *
   * @param height rows of the picture
   * @param width columns of the picture
   * @param window size of what is cut out
   * @param random from which a random crop draws; others leave it alone
   * @throws BadImageException if the picture cannot be used
   */
  List<View> of(int height, int width, ImageShape window, SplittableRandom random)
      throws BadImageException;

  /** How many looks there are at each picture. */
  default int views() {
    return 1;
  }

  /** Pictures as they are; those of another size than the window's are refused. */
  record Unchanged() implements Crop {
    @Override
    public List<View> of(int height, int width, ImageShape window, SplittableRandom random)
        throws BadImageException {
      if (height != window.height() || width != window.width()) {
        throw new BadImageException(
            Checks.format(
                "image: expected %dx%d pixels, found %dx%d",
                window.width(), window.height(), width, height));
      }
      return List.of(View.of(Cut.of(Region.all(height, width), height, width)));
    }
  }

  /** Whole pictures, each side scaled by itself. */
  record Stretched() implements Crop {
    @Override
    public List<View> of(int height, int width, ImageShape window, SplittableRandom random) {
      Region all = Region.all(height, width);
      return List.of(View.of(Cut.of(all, window.height(), window.width())));
    }
  }

  /**
   * The middle of pictures.
   *
   * @param shortSide that pictures are scaled to before; 0 only enlarges those that are too small
   */
  record Center(int shortSide) implements Crop {
    /** Refuses values that do not fit the description above. */
    public Center {
      requireShortSide(shortSide);
    }

    @Override
    public List<View> of(int height, int width, ImageShape window, SplittableRandom random) {
      return List.of(View.of(Scale.of(height, width, shortSide, window).center(window)));
    }
  }

  /**
   * The four corners and the middle, and all five mirrored: Krizhevsky et al., "ImageNet
   * Classification with Deep Convolutional Neural Networks", NIPS 2012, section 4.1.
   *
   * @param shortSide as of {@link Center}
   */
  record Ten(int shortSide) implements Crop {
    /** Refuses values that do not fit the description above. */
    public Ten {
      requireShortSide(shortSide);
    }

    @Override
    public List<View> of(int height, int width, ImageShape window, SplittableRandom random) {
      Scale scale = Scale.of(height, width, shortSide, window);
      int bottom = scale.scaledHeight() - window.height();
      int right = scale.scaledWidth() - window.width();
      List<Cut> cuts =
          List.of(
              scale.window(0, 0),
              scale.window(0, right),
              scale.window(bottom, 0),
              scale.window(bottom, right),
              scale.center(window));
      List<View> views = new ArrayList<>(cuts.stream().map(View::of).toList());
      cuts.forEach(cut -> views.add(View.of(cut).mirror()));
      return views;
    }

    @Override
    public int views() {
      return 10;
    }
  }

  /**
   * A window anywhere in pictures with a black margin around them.
   *
   * @param shortSide as of {@link Center}
   * @param padding width of the margin in scaled pixels, at least 0
   */
  record RandomPlace(int shortSide, int padding) implements Crop {
    /** Refuses values that do not fit the description above. */
    public RandomPlace {
      requireShortSide(shortSide);
      Checks.argument(padding >= 0, "padding must be >= 0, got %d", padding);
    }

    @Override
    public List<View> of(int height, int width, ImageShape window, SplittableRandom random) {
      Scale scale = Scale.of(height, width, shortSide, window);
      int rows = scale.scaledHeight() + 2 * padding - window.height() + 1;
      int columns = scale.scaledWidth() + 2 * padding - window.width() + 1;
      int top = random.nextInt(rows) - padding;
      int left = random.nextInt(columns) - padding;
      return List.of(View.of(scale.window(top, left)));
    }
  }

  /**
   * A region of random area, shape and place, scaled to the window: Szegedy et al., "Going Deeper
   * with Convolutions", arXiv:1409.4842, section 6; ranges, tries and what is done when all of them
   * fail are those of torchvision's {@code RandomResizedCrop}.
   *
   * @param minArea smallest share of the picture's area, in (0, 1]; the largest is 1
   */
  record RandomResized(double minArea) implements Crop {
    private static final Rectangles RECTANGLES = new Rectangles(3.0 / 4, 4.0 / 3);

    /** Refuses values that do not fit the description above. */
    public RandomResized {
      Checks.argument(minArea > 0 && minArea <= 1, "minArea must be in (0, 1], got %s", minArea);
    }

    @Override
    public List<View> of(int height, int width, ImageShape window, SplittableRandom random) {
      Region region =
          RECTANGLES
              .draw(height, width, minArea, 1, random)
              .orElseGet(() -> RECTANGLES.largest(height, width));
      return List.of(View.of(Cut.of(region, window.height(), window.width())));
    }
  }

  private static void requireShortSide(int shortSide) {
    Checks.argument(shortSide >= 0, "shortSide must be >= 0, got %d", shortSide);
  }
}
