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
    println(json ? line(object) : text);
  }

  /** Prints a part of a text as it comes; false if nobody reads it any more. */
  boolean stream(String part) {
    PrintWriter out = out();
    out.print(part);
    return !out.checkError(); // flushes, too
  }

  /** Ends a text that was streamed; prints {@code object} after it if the user asked for JSON. */
  void end(ObjectNode object) {
    println("");
    if (json) {
      println(line(object));
    }
  }

  private void println(String line) {
    PrintWriter out = out();
    out.println(line);
    out.flush();
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }

  private static String line(ObjectNode object) {
    try {
      return JSON.writeValueAsString(object);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
