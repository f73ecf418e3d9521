package tributary.driver.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ParallelTest {
  @Test
  void everySliceIsDoneOnce() throws Exception {
    Queue<Integer> done = new ConcurrentLinkedQueue<>();

    Parallel.each(100, done::add);

    assertThat(done).containsExactlyInAnyOrderElementsOf(IntStream.range(0, 100).boxed().toList());
  }

  @Test
  void aFailureIsToldWhenThoseAtOtherSlicesAreDoneAndNoneBeginsAnother() {
    CountDownLatch othersBegan = new CountDownLatch(2);
    CountDownLatch failed = new CountDownLatch(1);
    Queue<Integer> done = new ConcurrentLinkedQueue<>();

    assertThatThrownBy(
            () ->
                Parallel.each(
                    1_000,
                    number -> {
                      if (number == 1) {
                        await(othersBegan);
                        failed.countDown();
                        throw new IOException("slice 1 is lost");
                      }
                      othersBegan.countDown();
                      await(failed);
                      // longer than the thread that failed needs to end
                      busyFor(TimeUnit.MILLISECONDS.toNanos(200));
                      done.add(number);
                    }))
        .isInstanceOf(IOException.class)
        .hasMessage("slice 1 is lost");

    assertThat(done).as("the slices that were begun").containsExactlyInAnyOrder(0, 2);
  }

  @Test
  void anErrorOfASliceStaysAnError() {
    OutOfMemoryError full = new OutOfMemoryError("Java heap space");

    assertThatThrownBy(
            () ->
                Parallel.each(
                    1,
                    number -> {
                      throw full;
                    }))
        .isSameAs(full);
  }

  private static void busyFor(long nanos) {
    long end = System.nanoTime() + nanos;
    while (System.nanoTime() - end < 0) {
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(20, TimeUnit.SECONDS)) {
        throw new IOException("the other slice has not come so far");
      }
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
