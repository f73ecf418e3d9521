package tributary.driver.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import tributary.driver.Version;

/** The command with nothing but subcommands. */
@Command(
    name = "tributary",
    description =
        "Trains deep networks on Apache Spark: local steps on every executor, averaged"
            + " every round.",
    subcommands = {
      PackCommand.class,
      TrainCommand.class,
      EvaluateCommand.class,
      ExportCommand.class,
      ExtractCommand.class,
      SearchCommand.class,
      GenerateCommand.class,
      InspectCommand.class,
      BenchCommand.class,
      SimulateCommand.class,
      CommandLine.HelpCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = Tributary.CurrentVersion.class,
    scope = ScopeType.INHERIT,
    footerHeading = "%n",
    footer = {
      "Of the launcher, deploy/tributary, anywhere on the line:",
      "      --master URL          Where Spark runs: local[*] (default), spark://HOST:7077, yarn.",
      "      --spark KEY=VALUE     A setting of Spark; may be repeated.",
      "      --driver-memory SIZE  Heap of the driver, such as 4g.",
      "",
      "Exit codes: 0 ok, 2 usage or configuration, 3 data, 4 checkpoint or lock, 5"
          + " diverged, 6 cluster lost, 130 and 143 stopped by Ctrl-C or SIGTERM"
    })
final class Tributary implements Runnable {
  @Spec private CommandSpec spec;

  /** Runs a command line and returns its exit code; never throws. */
  static int run(String... arguments) {
    return execute(commandLine(), arguments);
  }

  /** The same, printing to the given writers. */
  static int run(PrintWriter out, PrintWriter errors, String... arguments) {
    return execute(commandLine().setOut(out).setErr(errors), arguments);
  }

  private static int execute(CommandLine command, String... arguments) {
    try {
      return command.execute(arguments);
    } catch (OutOfMemoryError e) {
      return ExitCode.report(e, command);
    }
  }

  private static CommandLine commandLine() {
    return new CommandLine(new Tributary())
        .setExecutionExceptionHandler(ExitCode::report)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command");
  }

  /** The version that {@code --version} prints. */
  static final class CurrentVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"tributary " + Version.current()};
    }
  }
}
