package tributary.datasets.augment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.datasets.image.BadImageException;
import tributary.datasets.image.Cut;
import tributary.datasets.image.Cut.Region;
import tributary.datasets.shard.ImageShape;

class CropTest {
  private static final ImageShape IMAGENET = new ImageShape(3, 224, 224);

  @Test
  void anImageOfAnotherSizeIsRefusedWhereNoneIsAllowed() throws BadImageException {
    Crop crop = new Crop.Unchanged();
    assertThat(cut(crop, 224, 224, IMAGENET))
        .isEqualTo(new Cut(Region.all(224, 224), 224, 224, 0, 0));
    assertThatThrownBy(() -> cut(crop, 100, 224, IMAGENET))
        .isInstanceOf(BadImageException.class)
        .hasMessage("image: expected 224x224 pixels, found 224x100");
  }

  @Test
  void aStretchedImageIsSeenAsAWhole() throws BadImageException {
    assertThat(cut(new Crop.Stretched(), 100, 300, IMAGENET))
        .isEqualTo(new Cut(Region.all(100, 300), 224, 224, 0, 0));
  }

  /** The values are those of torchvision's Resize(256) and CenterCrop(224). */
  @Test
  void theMiddleOfAnImageNetPictureLiesWhereItIsKnownToLie() throws BadImageException {
    assertThat(cut(new Crop.Center(256), 375, 500, IMAGENET))
        .isEqualTo(new Cut(Region.all(375, 500), 256, 341, 16, 58));
    assertThat(cut(new Crop.Center(256), 500, 375, IMAGENET))
        .isEqualTo(new Cut(Region.all(500, 375), 341, 256, 58, 16));
  }

  @Test
  void imagesThatAreTooSmallAreEnlargedUntilTheyCoverTheWindow() throws BadImageException {
    SplittableRandom random = Seeds.random(1);
    for (int i = 0; i < 1_000; i++) {
      int height = random.nextInt(1, 300);
      int width = random.nextInt(1, 300);
      for (Crop crop : List.of(new Crop.Center(0), new Crop.RandomPlace(0, 0), new Crop.Ten(0))) {
        for (View view : crop.of(height, width, IMAGENET, random)) {
          Cut cut = view.cut();
          assertThat(cut.top()).isBetween(0, cut.height() - 224);
          assertThat(cut.left()).isBetween(0, cut.width() - 224);
          double aspect = (double) cut.width() / cut.height() / ((double) width / height);
          assertThat(aspect).isCloseTo(1, within(0.5 / Math.min(height, width) + 0.01));
        }
      }
    }
  }

  @Test
  void aRandomPlaceIsAnyPlaceInsideTheMargin() throws BadImageException {
    ImageShape window = new ImageShape(3, 4, 5);
    Crop crop = new Crop.RandomPlace(0, 2);
    Set<List<Integer>> places = new HashSet<>();
    for (int i = 0; i < 2_000; i++) {
      Cut cut = crop.of(6, 5, window, Seeds.random(i)).get(0).cut();
      assertThat(cut.height()).isEqualTo(6);
      assertThat(cut.width()).isEqualTo(5);
      places.add(List.of(cut.top(), cut.left()));
    }
    Set<List<Integer>> all = new HashSet<>();
    for (int top = -2; top <= 4; top++) {
      for (int left = -2; left <= 2; left++) {
        all.add(List.of(top, left));
      }
    }
    assertThat(places).isEqualTo(all);
  }

  @Test
  void randomRegionsLieInsideAndHaveTheAreasAndShapesAskedFor() throws BadImageException {
    SplittableRandom random = Seeds.random(2);
    Crop crop = new Crop.RandomResized(0.08);
    double smallest = 1;
    double largest = 0;
    for (int i = 0; i < 5_000; i++) {
      int height = random.nextInt(200, 600);
      int width = random.nextInt(height * 4 / 5, height * 5 / 4);
      Cut cut = cut(crop, height, width, IMAGENET, random);
      Region region = cut.region();
      assertThat(cut).isEqualTo(Cut.of(region, 224, 224));
      assertThat(region.top() + region.height()).isLessThanOrEqualTo(height);
      assertThat(region.left() + region.width()).isLessThanOrEqualTo(width);
      double area = (double) region.height() * region.width() / ((double) height * width);
      assertThat(area).isBetween(0.07, 1.0);
      assertThat((double) region.width() / region.height()).isBetween(0.73, 1.37);
      smallest = Math.min(smallest, area);
      largest = Math.max(largest, area);
    }
    assertThat(smallest).isLessThan(0.085);
    assertThat(largest).isGreaterThan(0.97);
  }

  @Test
  void areasAreDrawnEvenly() throws BadImageException {
    Crop crop = new Crop.RandomResized(0.08);
    int below = 0;
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      Region region = cut(crop, 1_000, 1_000, IMAGENET, Seeds.random(3, i)).region();
      below += region.height() * region.width() < 200_000 ? 1 : 0;
    }
    // A few large ones do not fit and are drawn again, which makes small ones a little likelier.
    assertThat(below / (double) draws).isBetween(0.12 / 0.92 - 0.01, 0.12 / 0.92 + 0.04);
  }

  @Test
  void anImageThatNoRegionFitsGivesItsMiddle() throws BadImageException {
    Crop crop = new Crop.RandomResized(0.9);
    assertThat(cut(crop, 30, 1_000, IMAGENET).region()).isEqualTo(new Region(0, 480, 30, 40));
    assertThat(cut(crop, 1_000, 30, IMAGENET).region()).isEqualTo(new Region(480, 0, 40, 30));
    assertThat(cut(crop, 1, 1, IMAGENET).region()).isEqualTo(new Region(0, 0, 1, 1));
  }

  @Test
  void tenLooksAreCornersAndMiddleAndTheirMirrorImages() throws BadImageException {
    Crop crop = new Crop.Ten(256);
    List<View> views = crop.of(256, 300, IMAGENET, Seeds.random(1));
    assertThat(views).hasSize(10).hasSize(crop.views());
    assertThat(views.subList(0, 5))
        .extracting(view -> List.of(view.cut().top(), view.cut().left()))
        .containsExactly(
            List.of(0, 0), List.of(0, 76), List.of(32, 0), List.of(32, 76), List.of(16, 38));
    for (int i = 0; i < 5; i++) {
      assertThat(views.get(i).mirrored()).isFalse();
      assertThat(views.get(i + 5)).isEqualTo(views.get(i).mirror());
    }
  }

  private static Cut cut(Crop crop, int height, int width, ImageShape window)
      throws BadImageException {
    return cut(crop, height, width, window, Seeds.random(1));
  }

  private static Cut cut(
      Crop crop, int height, int width, ImageShape window, SplittableRandom random)
      throws BadImageException {
    return crop.of(height, width, window, random).get(0).cut();
  }
}
