package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tributary.datasets.image.Image;

class NormalizationTest {
  @Test
  void eachChannelHasItsOwnMeanAndDeviation() {
    Normalization normalization =
        new Normalization(new float[] {0, 0.5f, 1}, new float[] {0.5f, 0.25f, 0.125f});
    float[] features = new float[7];
    Image image = new Image(3, 1, 2, new byte[] {0, -1, 0, -1, 0, -1});

    normalization.apply(image, features, 1);

    assertThat(features).containsExactly(0, 0, 2, -2, 2, -8, 0);
  }

  @Test
  void aChannelOfOneValueIsOnlyCentred() {
    Normalization normalization = new Normalization(new float[] {1}, new float[] {0});
    float[] features = new float[2];
    normalization.apply(new Image(1, 1, 2, new byte[] {0, -1}), features, 0);
    assertThat(features).containsExactly(-1, 0);
  }

  @Test
  void anImageOfOtherChannelsIsRefused() {
    Normalization normalization = new Normalization(new float[] {1}, new float[] {0});
    Image image = new Image(3, 1, 1, new byte[3]);
    assertThatThrownBy(() -> normalization.apply(image, new float[3], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("normalization is for 1 channels, the image has 3");
  }
}
