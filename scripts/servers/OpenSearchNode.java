import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.codelibs.opensearch.runner.node.OpenSearchRunnerNode;
import org.opensearch.common.logging.LogConfigurator;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.plugins.Plugin;

/**
 * One OpenSearch node in this process. Maven Central has OpenSearch as libraries only, not as the
 * distribution with its launcher and modules, so the modules are taken from the class path.
 *
 * <p>Takes the folder of the node, whose config/opensearch.yml is read. SIGTERM closes it in order.
 */
public final class OpenSearchNode {
  private static final List<String> PLUGINS =
      List.of(
          "org.opensearch.transport.Netty4Plugin",
          "org.opensearch.analysis.common.CommonAnalysisPlugin",
          "org.opensearch.index.mapper.MapperExtrasPlugin",
          "org.opensearch.index.reindex.ReindexPlugin",
          "org.opensearch.ingest.common.IngestCommonPlugin",
          "org.opensearch.join.ParentJoinPlugin",
          "org.opensearch.painless.PainlessPlugin",
          "org.opensearch.search.aggregations.matrix.MatrixAggregationPlugin",
          "org.opensearch.knn.plugin.KNNPlugin");

  public static void main(String[] arguments) throws Exception {
    Path home = Path.of(arguments[0]);
    Settings settings = Settings.builder().put("path.home", home.toString()).build();
    Environment environment =
        InternalSettingsPreparer.prepareEnvironment(
            settings, Map.of(), home.resolve("config"), () -> home.getFileName().toString());
    LogConfigurator.registerErrorListener();
    LogConfigurator.configure(environment);

    List<Class<? extends Plugin>> plugins = new ArrayList<>();
    for (String name : PLUGINS) plugins.add(Class.forName(name).asSubclass(Plugin.class));

    OpenSearchRunnerNode node = new OpenSearchRunnerNode(environment, plugins);
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    node.close();
                  } catch (Exception failure) {
                    failure.printStackTrace();
                  } finally {
                    closed.countDown();
                  }
                }));
    node.start();
    closed.await();
  }
}
