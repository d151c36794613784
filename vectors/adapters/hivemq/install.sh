# SPDX-License-Identifier: MIT
need mvn
need javac 11 javac -version
cp "$adapters/shared/Lines.java" .
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib >&2
javac -d classes -cp 'lib/*' ./*.java
starts java -Xmx3g -cp "'classes:lib/*'" Adapter
about Java com.hivemq:hivemq-mqtt-client \
    "$(cd lib && echo hivemq-mqtt-client-*.jar | sed 's/^hivemq-mqtt-client-//; s/\.jar$//')"
