// SPDX-License-Identifier: MIT

import com.hivemq.embedded.EmbeddedHiveMQ;
import java.nio.file.Path;

/** Broker FOLDER: HiveMQ CE with the configuration in FOLDER/conf. */
public class Broker {
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        EmbeddedHiveMQ broker = EmbeddedHiveMQ.builder()
                .withConfigurationFolder(folder.resolve("conf"))
                .withDataFolder(folder.resolve("data"))
                .withExtensionsFolder(folder.resolve("extensions"))
                .build();
        broker.start().join();
        System.out.println("running");
        Thread.currentThread().join();
    }
}
