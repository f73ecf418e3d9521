package tributary.driver.spark;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskFailureTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ExecutorLostFailure (executor 5 exited caused by one of the running tasks) Reason: Command"
            + " exited with code 52",
        "Lost task 1.3 in stage 0.0: java.lang.OutOfMemoryError: Java heap space"
      })
  void aFullHeapNamesTheHeapsSetting(String text) {
    assertThat(new TaskFailure(text).withRemedy())
        .startsWith(text + "; the heap is too small: raise spark.executor.memory ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate 2211840000 bytes",
        "java.lang.RuntimeException: std::bad_alloc",
        "java.lang.OutOfMemoryError: Physical memory usage is too high"
      })
  void fullNativeMemoryNamesWhatIsBesideTheHeap(String text) {
    assertThat(new TaskFailure(text).withRemedy())
        .startsWith(text + "; there is too little memory beside the heap: ")
        .contains("training.minibatch-size", "spark.executor.memoryOverhead");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Reason: Command exited with code 137",
        "Container from a bad node: container_1 on host: h. Exit status: 137.",
        "The executor with id 3 exited with exit code 137(SIGKILL, possible container OOM)."
      })
  void aKillFromOutsideNamesMemoryAsItsLikelyReason(String text) {
    assertThat(new TaskFailure(text).withRemedy())
        .startsWith(text + "; it was killed, as by a host or container whose memory is used up: ");
    assertThat(new TaskFailure(text).isCrash()).isFalse();
  }

  @Test
  void aCrashOfNativeCodeIsKnownByItsSignal() {
    for (int code : new int[] {134, 135, 136, 139}) {
      TaskFailure failure = new TaskFailure("Reason: Command exited with code " + code);
      assertThat(failure.isCrash()).isTrue();
      assertThat(failure.withRemedy()).isEqualTo(failure.text());
    }
  }

  @Test
  void whatIsNotKnownIsLeftAsItIs() {
    TaskFailure failure = new TaskFailure("Remote RPC client disassociated");
    assertThat(failure.withRemedy()).isEqualTo(failure.text());
    assertThat(failure.isCrash()).isFalse();
  }
}
