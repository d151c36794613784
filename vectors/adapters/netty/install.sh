# SPDX-License-Identifier: MIT
need mvn
need javac 11 javac -version
cp "$adapters/shared/Lines.java" .
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >&2
javac -d classes -cp 'lib/*' ./*.java
starts java -Xmx3g -cp "'classes:lib/*'" Adapter
about Java io.netty:netty-codec-mqtt \
    "$(cd lib && echo netty-codec-mqtt-*.jar | sed 's/^netty-codec-mqtt-//; s/\.jar$//')"
