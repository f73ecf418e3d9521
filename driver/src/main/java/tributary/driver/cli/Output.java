package tributary.driver.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How a command prints its result: text for people, or one JSON object for programs. */
final class Output {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--json",
      description = "Print the result as one JSON object, the last line of standard output.")
  private boolean json;

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  /** Prints {@code text}, or {@code object} if the user asked for JSON. */
  void print(String text, ObjectNode object) {
    PrintWriter out = spec.commandLine().getOut();
    try {
      out.println(json ? JSON.writeValueAsString(object) : text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
    out.flush();
  }
}
