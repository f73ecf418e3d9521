package tributary.driver.round;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tributary.datasets.Seeds;
import tributary.worker.model.ModelState;

class StateSlicesTest {
  @Test
  void putsBackTogetherWhatItCutHoweverManySlices() {
    SplittableRandom random = Seeds.random(1);
    for (int trial = 0; trial < 200; trial++) {
      ModelState state = state(random, 1 + random.nextInt(50), random.nextInt(80));
      int count = 1 + random.nextInt(40);
      StateSlices slices =
          new StateSlices(state.parameters().length, state.optimizer().length, count);
      ModelState joined = slices.join(slices.cut(state));
      assertThat(joined.parameters()).containsExactly(state.parameters());
      assertThat(joined.optimizer()).containsExactly(state.optimizer());
    }
  }

  @Test
  void leavesTheOptimizerOutWhenItDoesNotTakePart() {
    ModelState state = state(Seeds.random(2), 10, 20);
    StateSlices slices = new StateSlices(10, 0, 3);
    ModelState joined = slices.join(slices.cut(state));
    assertThat(joined.parameters()).containsExactly(state.parameters());
    assertThat(joined.optimizer()).isEmpty();
  }

  @Test
  void cutsIntoRawLittleEndianBytesOfNearlyEqualLength() {
    ModelState state = new ModelState(new float[] {1, 2, 3, 4, 5}, new float[] {6, 7});
    List<byte[]> slices = new StateSlices(5, 2, 3).cut(state);
    assertThat(slices).extracting(slice -> slice.length).containsExactly(8, 8, 12);
    ByteBuffer last = ByteBuffer.wrap(slices.get(2)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(List.of(last.getFloat(), last.getFloat(), last.getFloat()))
        .containsExactly(5f, 6f, 7f);
  }

  @Test
  void takesAsManySlicesAsTheirLengthAsks() {
    assertThat(StateSlices.ofLength(100, state(250, 0)).count()).isEqualTo(3);
    assertThat(StateSlices.ofLength(100, state(100, 100)).count()).isEqualTo(2);
    assertThat(StateSlices.ofLength(100, state(1, 0)).count()).isEqualTo(1);
  }

  @Test
  void refusesAMissingOrShortSlice() {
    StateSlices slices = new StateSlices(5, 2, 3);
    List<byte[]> cut = slices.cut(new ModelState(new float[5], new float[2]));
    assertThatThrownBy(() -> slices.join(cut.subList(0, 2)))
        .hasMessage("expected 3 slices, found 2");
    List<byte[]> damaged = new ArrayList<>(cut);
    damaged.set(1, new byte[7]);
    assertThatThrownBy(() -> slices.join(damaged)).hasMessage("slice 1: expected 8 bytes, found 7");
  }

  private static ModelState state(int parameters, int optimizer) {
    return new ModelState(new float[parameters], new float[optimizer]);
  }

  private static ModelState state(SplittableRandom random, int parameters, int optimizer) {
    return new ModelState(floats(random, parameters), floats(random, optimizer));
  }

  private static float[] floats(SplittableRandom random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (random.nextDouble() * 2 - 1);
    }
    return values;
  }
}
