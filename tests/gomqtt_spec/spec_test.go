// SPDX-License-Identifier: MIT

// gomqtt's specification of an MQTT 3.1.1 broker, asked of the one at BROKER, an address with a user
// and a password; DENIED is the same without.
package gomqtt_spec

import (
	"os"
	"testing"
	"time"

	"github.com/256dpi/gomqtt/spec"
)

func TestBroker(t *testing.T) {
	config := spec.AllFeatures()
	config.URL = os.Getenv("BROKER")
	config.DenyURL = os.Getenv("DENIED")
	config.ProcessWait = 50 * time.Millisecond
	config.MessageRetainWait = 100 * time.Millisecond
	config.NoMessageWait = 100 * time.Millisecond
	spec.Run(t, config)
}
