package tributary.datasets.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;

class ContiguousStreamsTest {
  @Test
  void everyTokenIsReadOnceAndToldOnce() {
    SplittableRandom random = Seeds.random(11);
    for (int i = 0; i < 1_000; i++) {
      ContiguousStreams streams =
          new ContiguousStreams(
              random.nextInt(2, 500), random.nextInt(1, 40), random.nextInt(1, 30));
      int[] read = new int[(int) streams.tokens()];
      int[] told = new int[read.length];
      for (int lane = 0; lane < streams.lanes(); lane++) {
        for (long window = 0; window < streams.windows(); window++) {
          int first = (int) streams.first(lane, window);
          for (int step = 0; step < streams.length(lane, window); step++) {
            read[first + step]++;
            told[first + step + 1]++;
          }
        }
      }
      assertThat(Arrays.stream(read, 0, read.length - 1).allMatch(n -> n == 1))
          .as("%s read %s", streams, Arrays.toString(read))
          .isTrue();
      assertThat(read[read.length - 1]).isZero();
      assertThat(Arrays.stream(told, 1, told.length).allMatch(n -> n == 1))
          .as("%s told %s", streams, Arrays.toString(told))
          .isTrue();
    }
  }

  @Test
  void aWindowGoesOnWhereTheOneBeforeItEnded() {
    SplittableRandom random = Seeds.random(12);
    for (int i = 0; i < 1_000; i++) {
      ContiguousStreams streams =
          new ContiguousStreams(
              random.nextInt(2, 500), random.nextInt(1, 40), random.nextInt(1, 30));
      for (int lane = 0; lane < streams.lanes(); lane++) {
        for (long window = 1; window < streams.windows(); window++) {
          assertThat(streams.first(lane, window))
              .isEqualTo(streams.first(lane, window - 1) + streams.length(lane, window - 1));
        }
      }
    }
  }

  @Test
  void onlyTheLastWindowIsShortAndLanesDifferByOneToken() {
    SplittableRandom random = Seeds.random(13);
    for (int i = 0; i < 1_000; i++) {
      ContiguousStreams streams =
          new ContiguousStreams(
              random.nextInt(2, 500), random.nextInt(1, 40), random.nextInt(1, 30));
      long last = streams.windows() - 1;
      int[] ends =
          IntStream.range(0, streams.lanes()).map(lane -> streams.length(lane, last)).toArray();
      int longest = Arrays.stream(ends).max().orElseThrow();
      assertThat(longest).isBetween(1, streams.steps());
      assertThat(Arrays.stream(ends).min().orElseThrow()).isGreaterThanOrEqualTo(longest - 1);
      for (long window = 0; window < last; window++) {
        for (int lane = 0; lane < streams.lanes(); lane++) {
          assertThat(streams.length(lane, window)).isEqualTo(streams.steps());
        }
      }
    }
  }

  @Test
  void longTextsAreCutWithoutOverflow() {
    ContiguousStreams streams = new ContiguousStreams(1L << 40, 4_096, 128);
    assertThat(
            streams.first(4_095, streams.windows() - 1)
                + streams.length(4_095, streams.windows() - 1))
        .isEqualTo((1L << 40) - 1);
  }

  @Test
  void aTextOfOneTokenHasNothingToTell() {
    assertThatThrownBy(() -> new ContiguousStreams(1, 1, 1))
        .hasMessageContaining("a token and one after it to be told, got 1");
  }

  @Test
  void documentsFollowEachOtherWithAnEndBetween() {
    List<int[]> documents = List.of(new int[] {7, 8}, new int[] {}, new int[] {9});
    DocumentStream stream = new DocumentStream(new int[] {2, 0, 1});
    int end = Vocabulary.END;

    assertThat(stream.tokens()).isEqualTo(6);
    assertThat(stream.slice(0, 6, documents::get)).containsExactly(7, 8, end, end, 9, end);
    assertThat(stream.document(3)).isEqualTo(1);
    assertThat(stream.document(5)).isEqualTo(2);
  }

  @Test
  void slicesAreThoseOfTheWholeText() {
    SplittableRandom random = Seeds.random(14);
    for (int i = 0; i < 300; i++) {
      int[] lengths = random.ints(random.nextInt(1, 20), 0, 6).toArray();
      int[][] documents = new int[lengths.length][];
      IntStream.Builder whole = IntStream.builder();
      for (int d = 0; d < lengths.length; d++) {
        documents[d] = random.ints(lengths[d], 4, 100).toArray();
        Arrays.stream(documents[d]).forEach(whole::add);
        whole.add(Vocabulary.END);
      }
      int[] text = whole.build().toArray();
      DocumentStream stream = new DocumentStream(lengths);
      assertThat(stream.tokens()).isEqualTo(text.length);
      for (int from = 0; from <= text.length; from++) {
        int count = random.nextInt(text.length - from + 1);
        assertThat(stream.slice(from, count, d -> documents[d]))
            .isEqualTo(Arrays.copyOfRange(text, from, from + count));
      }
    }
  }
}
