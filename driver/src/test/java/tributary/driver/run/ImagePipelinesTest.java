package tributary.driver.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tributary.datasets.augment.Crop;
import tributary.datasets.augment.Erasing;
import tributary.datasets.augment.Flip;
import tributary.datasets.augment.ImagePipeline;
import tributary.datasets.augment.Mixing;
import tributary.datasets.augment.PixelChange.ColorJitter;
import tributary.datasets.augment.PixelChange.Lighting;
import tributary.datasets.shard.ChannelStatistics;
import tributary.datasets.shard.ImageShape;
import tributary.datasets.shard.Images;
import tributary.datasets.shard.Manifest;
import tributary.datasets.shard.Task;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Settings;

class ImagePipelinesTest {
  private static final Manifest GREY = manifest(1, Optional.of(new Images.Size(28, 28)));
  private static final Manifest COLOUR = manifest(3, Optional.of(new Images.Size(32, 32)));
  private static final Manifest PHOTOS = manifest(3, Optional.empty());

  @Test
  void withoutSettingsImagesOfOneSizeStayAsTheyAre() {
    Settings settings = settings();
    ImagePipeline unchanged = ImagePipeline.unchanged(new ImageShape(1, 28, 28));
    assertThat(ImagePipelines.training(settings, GREY)).isEqualTo(unchanged);
    assertThat(ImagePipelines.evaluation(settings, GREY)).isEqualTo(unchanged);
    assertThat(
            ImagePipelines.training(
                settings("input.image-height=28", "input.image-width=28"), GREY))
        .isEqualTo(unchanged);
  }

  @Test
  void imagesOfDifferentSizesNeedASize() {
    assertRefused(
        PHOTOS,
        "The dataset's images differ in size: set input.image-height and input.image-width to the"
            + " size that the network shall see, and input.crop to how they are cut");
    Settings settings = settings("input.image-height=20", "input.image-width=30");
    assertThat(ImagePipelines.training(settings, PHOTOS))
        .isEqualTo(ImagePipeline.of(new ImageShape(3, 20, 30), new Crop.Stretched()));
  }

  @Test
  void everyChangeHasItsSetting() {
    Settings settings =
        settings(
            "input.image-height=224",
            "input.image-width=224",
            "input.crop=random-resized",
            "input.crop-min-area=0.35",
            "input.flip=horizontal",
            "input.brightness=0.4",
            "input.contrast=0.3",
            "input.saturation=0.2",
            "input.lighting=0.1",
            "input.erasing=0.25",
            "input.mixup=0.2",
            "input.label-smoothing=0.1");
    assertThat(ImagePipelines.training(settings, PHOTOS))
        .isEqualTo(
            new ImagePipeline(
                new ImageShape(3, 224, 224),
                new Crop.RandomResized(0.35),
                Flip.HORIZONTAL,
                List.of(new ColorJitter(0.4, 0.3, 0.2), new Lighting(0.1)),
                new Erasing(0.25),
                new Mixing(0.2, 0.1)));
    assertThat(ImagePipelines.evaluation(settings, PHOTOS))
        .as("nothing random, and the usual short side of 256")
        .isEqualTo(ImagePipeline.of(new ImageShape(3, 224, 224), new Crop.Center(256)));
  }

  @Test
  void evaluationIsScaledAsRandomPlacesAre() {
    Settings settings = settings("input.crop=random", "input.padding=4");
    assertThat(ImagePipelines.training(settings, COLOUR).crop())
        .isEqualTo(new Crop.RandomPlace(0, 4));
    assertThat(ImagePipelines.evaluation(settings, COLOUR).crop()).isEqualTo(new Crop.Center(0));
    Settings resized = settings("input.crop=center", "input.resize=40", "evaluation.crops=10");
    assertThat(ImagePipelines.training(resized, COLOUR).crop()).isEqualTo(new Crop.Center(40));
    assertThat(ImagePipelines.evaluation(resized, COLOUR).crop()).isEqualTo(new Crop.Ten(40));
  }

  @Test
  void settingsThatDoNotFitEachOtherAreRefused() {
    assertRefused(COLOUR, "input.padding needs input.crop random", "input.padding=4");
    assertRefused(
        COLOUR,
        "input.resize needs input.crop center, random or random-resized",
        "input.resize=40");
    assertRefused(
        COLOUR,
        "input.resize 31: expected 0, or at least the sides of what the network sees, found 32x32",
        "input.resize=31",
        "input.crop=center");
    assertRefused(
        COLOUR,
        "evaluation.crops 10: expected input.crop other than none, which leaves corners to be seen",
        "evaluation.crops=10");
    assertRefused(
        GREY,
        String.join(
            System.lineSeparator(),
            "input.saturation is for colour images; the dataset's are grey",
            "input.lighting is for colour images; the dataset's are grey"),
        "input.lighting=0.1",
        "input.saturation=0.1");
    assertRefused(
        COLOUR,
        "input.image-height 0 and input.image-width 8: set both, or neither",
        "input.image-width=8");
  }

  private static void assertRefused(Manifest data, String message, String... overrides) {
    assertThatThrownBy(() -> ImagePipelines.evaluation(settings(overrides), data))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage(message);
  }

  private static Settings settings(String... overrides) {
    return Settings.of(List.of(), new ArrayList<>(Arrays.asList(overrides)));
  }

  private static Manifest manifest(int channels, Optional<Images.Size> size) {
    List<Double> same = Collections.nCopies(channels, 0.25);
    return new Manifest(
        Task.IMAGE_CLASSIFICATION,
        List.of("a", "b"),
        new Images(channels, size, new ChannelStatistics(same, same)),
        Map.of("train", List.of()));
  }
}
