package tributary.driver.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures this machine; a command of commands. */
@Command(
    name = "bench",
    description = "Measures what this machine does.",
    subcommands = {BenchInputCommand.class, BenchStepCommand.class, BenchRoundCommand.class},
    mixinStandardHelpOptions = true)
final class BenchCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name what to measure: input, step or round");
  }
}
