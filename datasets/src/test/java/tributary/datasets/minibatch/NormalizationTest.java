package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.datasets.augment.Planes;
import tributary.datasets.augment.View;
import tributary.datasets.image.Cut;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.image.Pixels;
import tributary.datasets.shard.ImageShape;

class NormalizationTest {
  private static final View AS_IT_IS = new View(Cut.of(Region.all(1, 2), 1, 2), false);

  @Test
  void eachChannelHasItsOwnMeanAndDeviation() {
    Normalization normalization =
        new Normalization(new float[] {0, 0.5f, 1}, new float[] {0.5f, 0.25f, 0.125f});
    float[] features = new float[7];
    Pixels pixels = new Pixels(3, 1, 2, new byte[] {0, 0, 0, -1, -1, -1});

    features(normalization).write(pixels, AS_IT_IS, 1, features, 1);

    assertThat(features).containsExactly(0, 0, 2, -2, 2, -8, 0);
  }

  @Test
  void pixelsThatWereChangedAreNormalizedAlike() {
    Normalization normalization =
        new Normalization(new float[] {0, 0.5f, 1}, new float[] {0.5f, 0.25f, 0});
    float[] features = {9, 0, 1, 0, 1, 0, 1, 9};
    normalization.apply(new Planes(features, 1, 3, 2));
    assertThat(features).containsExactly(9, 0, 2, -2, 2, -1, 0, 9);
  }

  @Test
  void aChannelOfOneValueIsOnlyCentred() {
    Normalization normalization = new Normalization(new float[] {1}, new float[] {0});
    float[] features = new float[2];
    features(normalization)
        .write(new Pixels(1, 1, 2, new byte[] {0, -1}), AS_IT_IS, 1, features, 0);
    assertThat(features).containsExactly(-1, 0);
  }

  @Test
  void imagesOfOtherChannelsAreRefused() {
    Normalization normalization = new Normalization(new float[] {1}, new float[] {0});
    Preprocessing colour = Preprocessing.unchanged(new ImageShape(3, 1, 1), normalization);
    assertThatThrownBy(() -> new ImageFeatures(colour))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("normalization is for 1 channels, images have 3");
  }

  private static ImageFeatures features(Normalization normalization) {
    ImageShape shape = new ImageShape(normalization.mean().length, 1, 2);
    return new ImageFeatures(Preprocessing.unchanged(shape, normalization));
  }
}
