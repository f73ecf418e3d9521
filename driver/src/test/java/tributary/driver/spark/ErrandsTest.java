package tributary.driver.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErrandsTest {
  private static final long NUMBER = Long.MAX_VALUE;

  private final AtomicInteger done = new AtomicInteger();

  @AfterEach
  void withdraw() {
    Errands.withdraw(NUMBER);
  }

  @Test
  void anErrandIsDoneWhenATaskAsks() throws Exception {
    Errands.offer(NUMBER, done::incrementAndGet);
    assertThat(done).as("nobody has asked").hasValue(0);

    new Errands.Wanted(NUMBER).read();
    assertThat(done).hasValue(1);
  }

  @Test
  void theDriverItselfMayAsk() throws Exception {
    Errands.offer(NUMBER, done::incrementAndGet);

    Errands.ask(NUMBER);

    assertThat(done).hasValue(1);
  }

  @Test
  void anErrandThatWasWithdrawnIsRefused() {
    Errands.offer(NUMBER, done::incrementAndGet);
    Errands.withdraw(NUMBER);

    assertThatThrownBy(() -> new Errands.Wanted(NUMBER).read())
        .isInstanceOf(IOException.class)
        .hasMessage("it was withdrawn");
    assertThatThrownBy(() -> Errands.ask(NUMBER))
        .as("a process without a driver")
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot be asked for errand");
    assertThat(done).hasValue(0);
  }
}
