package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** Reads examples that are arrays already. */
final class ArrayLoader implements Loader {
  private final ArrayFiles files;
  private final AtomicLong readNanos = new AtomicLong();

  ArrayLoader(ArrayFiles files) {
    this.files = files;
  }

  @Override
  public Loaded load(long[] numbers, SideBySide threads, BooleanSupplier cancelled)
      throws IOException {
    ArrayExamples examples = files.examples();
    float[] features = new float[Math.multiplyExact(numbers.length, examples.featureValues())];
    float[] labels = new float[Math.multiplyExact(numbers.length, examples.labelValues())];
    threads.run(
        numbers.length,
        i -> {
          if (!cancelled.getAsBoolean()) {
            long began = System.nanoTime();
            files.read(numbers[i], features, labels, i);
            readNanos.addAndGet(System.nanoTime() - began);
          }
        });
    if (cancelled.getAsBoolean()) {
      return null;
    }
    return new Loaded(
        examples.minibatch(numbers.clone(), features, labels),
        /* leftOut= */ List.of(),
        /* origins= */ List.of());
  }

  @Override
  public InputTimes times() {
    return new InputTimes(readNanos.get(), 0, 0, 0);
  }
}
