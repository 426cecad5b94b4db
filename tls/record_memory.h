#pragma once

namespace tls {

// Has each thread keep a few of the buffers that OpenSSL takes and gives back for every record: large ones
// cost malloc more than a small command costs the rest of us. To be called once, before OpenSSL has allocated
// anything; false, and without effect, when it has.
bool keep_record_buffers();

}  // namespace tls
