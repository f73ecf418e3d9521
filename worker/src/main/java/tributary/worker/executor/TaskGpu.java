package tributary.worker.executor;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;

/** Which GPU Spark gave to the running task: {@code spark.task.resource.gpu.amount}. */
final class TaskGpu {
  private static final String RESOURCE = "gpu";

  private TaskGpu() {}

  /** The address of the task's first GPU; 0 if Spark deals out none, or outside of a task. */
  static int index() {
    TaskContext task = TaskContext.get();
    ResourceInformation gpu = task == null ? null : task.resourcesJMap().get(RESOURCE);
    return gpu == null || gpu.addresses().length == 0 ? 0 : Integer.parseInt(gpu.addresses()[0]);
  }
}
