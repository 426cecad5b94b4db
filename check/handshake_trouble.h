#pragma once

#include "check/diagnosis.h"
#include "tls/client.h"

// What lies behind a handshake that fails.
namespace check {

// No certificate came, for this reason: another protocol or no TLS at all, or nothing that both know.
Cause explain_no_handshake(const DiagnosisOptions& options, const std::string& reason,
                           const base::Clock& clock);

// Nothing when the server's certificate is good.
std::optional<Cause> explain_server_certificate(const DiagnosisOptions& options,
                                                const tls::HandshakeResult& shown, const base::Clock& clock);

// The server has refused us after it had shown its certificate.
Cause explain_refusal(const DiagnosisOptions& options, const std::string& reason, const base::Clock& clock);

}  // namespace check
