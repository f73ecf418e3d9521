package tributary.datasets.minibatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.datasets.text.ContiguousStreams;

class StreamLayoutTest {
  @Test
  void everyWindowIsReadOnceWhateverTheShape() {
    SplittableRandom random = Seeds.random(3);
    for (int trial = 0; trial < 300; trial++) {
      StreamLayout layout =
          StreamLayout.ofTraining(
              2 + random.nextInt(5000),
              1 + random.nextInt(20),
              1 + random.nextInt(4),
              1 + random.nextInt(7),
              1 + random.nextInt(5));
      BitSet seen = new BitSet();
      for (long place = 0; place < layout.places(); place++) {
        int number = Math.toIntExact(layout.number(place));
        assertThat(seen.get(number)).as("%s twice in %s", number, layout).isFalse();
        seen.set(number);
      }
      assertThat(seen.cardinality()).isEqualTo((int) layout.places());
      assertThat(seen.length()).isEqualTo((int) layout.places());
    }
  }

  /** A round of two replicas with three local steps of two lanes takes 2 * 3 * 2 places. */
  @Test
  void aReplicaReadsOnInItsOwnLanesStepByStepAndRoundByRound() {
    StreamLayout layout = StreamLayout.ofTraining(4 * 5 * 10 + 1, 10, 2, 3, 2);
    assertThat(layout.streams().windows()).isEqualTo(5);
    assertThat(windows(layout, 0, 6)).isEqualTo("0:0 0:1 1:0 1:1 2:0 2:1");
    assertThat(windows(layout, 6, 6)).isEqualTo("0:2 0:3 1:2 1:3 2:2 2:3");
    assertThat(windows(layout, 12, 4))
        .as("the last round has two windows")
        .isEqualTo("3:0 3:1 4:0 4:1");
    assertThat(windows(layout, 16, 4)).isEqualTo("3:2 3:3 4:2 4:3");
  }

  @Test
  void longTextsAreMeasuredInLanesOfManyWindows() {
    StreamLayout few = StreamLayout.ofEvaluation(999, 10, 64);
    assertThat(few.streams().lanes()).isEqualTo(1);
    assertThat(few.streams().windows()).isEqualTo(100);
    StreamLayout many = StreamLayout.ofEvaluation(1_000_000, 10, 64);
    assertThat(many.group()).isEqualTo(64);
    assertThat(many.streams().lanes()).isEqualTo(1984);
    assertThat(many.run()).isEqualTo((int) many.streams().windows()).isGreaterThanOrEqualTo(50);
  }

  @Test
  void refusesGroupsThatDoNotMakeUpTheLanes() {
    assertThatThrownBy(() -> new StreamLayout(new ContiguousStreams(100, 6, 5), 4, 1))
        .hasMessage("groups of 4 lanes do not make up 6 lanes");
  }

  private static String windows(StreamLayout layout, long from, int count) {
    StringBuilder text = new StringBuilder();
    for (long place = from; place < from + count; place++) {
      long number = layout.number(place);
      text.append(number / layout.streams().lanes())
          .append(':')
          .append(number % layout.streams().lanes())
          .append(' ');
    }
    return text.toString().strip();
  }
}
