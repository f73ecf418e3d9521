package tributary.driver.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tributary.datasets.Checks;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Mixing;
import tributary.datasets.augment.PixelChange;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.augment.PixelChange.Lighting;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.CropType;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/** What the settings make of a dataset's images. Driver only. */
public final class ImagePipelines {
  private ImagePipelines() {}

  /**
   * The images that the network sees.
   *
   * @throws ConfigurationException if the settings do not fit each other, or not the dataset
   */
  public static ImageShape shape(Settings settings, Manifest data) {
    int height = settings.integer(Key.IMAGE_HEIGHT);
    int width = settings.integer(Key.IMAGE_WIDTH);
    if ((height == 0) != (width == 0)) {
      throw refusal(
          Checks.format(
              "%s %d and %s %d: set both, or neither",
              Key.IMAGE_HEIGHT.path(), height, Key.IMAGE_WIDTH.path(), width));
    }
    Images images = data.images();
    if (height > 0) {
      return new ImageShape(images.channels(), height, width);
    }
    return images
        .shape()
        .orElseThrow(
            () ->
                refusal(
                    Checks.format(
                        "The dataset's images differ in size: set %s and %s to the size that the"
                            + " network shall see, and %s to how they are cut",
                        Key.IMAGE_HEIGHT.path(), Key.IMAGE_WIDTH.path(), Key.CROP.path())));
  }

  /**
   * What training sees.
   *
   * @throws ConfigurationException as {@link #shape}
   */
  public static ImagePipeline training(Settings settings, Manifest data) {
    ImageShape shape = shape(settings, data);
    requireFits(settings, shape);
    Crop crop =
        switch (cropType(settings)) {
          case NONE -> whole(shape, data);
          case CENTER -> new Crop.Center(settings.integer(Key.RESIZE));
          case RANDOM ->
              new Crop.RandomPlace(settings.integer(Key.RESIZE), settings.integer(Key.PADDING));
          case RANDOM_RESIZED -> new Crop.RandomResized(settings.decimal(Key.CROP_MIN_AREA));
        };
    return new ImagePipeline(
        shape,
        crop,
        settings.choice(Key.FLIP, Flip.class),
        changes(settings),
        new Erasing(settings.decimal(Key.ERASING)),
        mixing(settings));
  }

  /** What makes the labels of training examples soft. */
  static Mixing mixing(Settings settings) {
    return new Mixing(settings.decimal(Key.MIXUP), settings.decimal(Key.LABEL_SMOOTHING));
  }

  /**
   * What evaluation sees: nothing of it is random.
   *
   * @throws ConfigurationException as {@link #shape}
   */
  public static ImagePipeline evaluation(Settings settings, Manifest data) {
    ImageShape shape = shape(settings, data);
    requireFits(settings, shape);
    boolean ten = settings.text(Key.EVALUATION_CROPS).equals("10");
    if (cropType(settings) == CropType.NONE) {
      if (ten) {
        throw refusal(
            Checks.format(
                "%s 10: expected %s other than none, which leaves corners to be seen",
                Key.EVALUATION_CROPS.path(), Key.CROP.path()));
      }
      return ImagePipeline.of(shape, whole(shape, data));
    }
    int shortSide = evaluationShortSide(settings, shape);
    return ImagePipeline.of(shape, ten ? new Crop.Ten(shortSide) : new Crop.Center(shortSide));
  }

  private static Crop whole(ImageShape shape, Manifest data) {
    Optional<ImageShape> own = data.images().shape();
    return own.isPresent() && own.get().equals(shape) ? new Crop.Unchanged() : new Crop.Stretched();
  }

  /** What is trained at random sizes is seen at a usual one: 256 pixels for 224. */
  private static int evaluationShortSide(Settings settings, ImageShape shape) {
    int shortSide = settings.integer(Key.RESIZE);
    return shortSide == 0 && cropType(settings) == CropType.RANDOM_RESIZED
        ? Math.max(shape.height(), shape.width()) * 8 / 7
        : shortSide;
  }

  private static List<PixelChange> changes(Settings settings) {
    ColorJitter jitter =
        new ColorJitter(
            settings.decimal(Key.BRIGHTNESS),
            settings.decimal(Key.CONTRAST),
            settings.decimal(Key.SATURATION));
    Lighting lighting = new Lighting(settings.decimal(Key.LIGHTING));
    List<PixelChange> changes = new ArrayList<>();
    if (!jitter.equals(new ColorJitter(0, 0, 0))) {
      changes.add(jitter);
    }
    if (lighting.deviation() > 0) {
      changes.add(lighting);
    }
    return changes;
  }

  private static void requireFits(Settings settings, ImageShape shape) {
    List<String> problems = new ArrayList<>();
    int shortSide = settings.integer(Key.RESIZE);
    CropType crop = cropType(settings);
    if (shortSide > 0 && shortSide < Math.max(shape.height(), shape.width())) {
      problems.add(
          Checks.format(
              "%s %d: expected 0, or at least the sides of what the network sees, found %dx%d",
              Key.RESIZE.path(), shortSide, shape.width(), shape.height()));
    }
    if (shortSide > 0 && crop == CropType.NONE) {
      problems.add(needsCrop(Key.RESIZE, "center, random or random-resized"));
    }
    if (settings.integer(Key.PADDING) > 0 && crop != CropType.RANDOM) {
      problems.add(needsCrop(Key.PADDING, "random"));
    }
    for (Key colour : List.of(Key.SATURATION, Key.LIGHTING)) {
      if (settings.decimal(colour) > 0 && shape.channels() == 1) {
        problems.add(colour.path() + " is for colour images; the dataset's are grey");
      }
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
  }

  private static CropType cropType(Settings settings) {
    return settings.choice(Key.CROP, CropType.class);
  }

  private static String needsCrop(Key key, String crops) {
    return Checks.format("%s needs %s %s", key.path(), Key.CROP.path(), crops);
  }

  private static ConfigurationException refusal(String problem) {
    return new ConfigurationException(List.of(problem));
  }
}
