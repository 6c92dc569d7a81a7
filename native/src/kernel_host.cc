#include "host.h"
namespace busyhour {
bool kernelCompiled() { return false; }
bool kernelAvailable() { return false; }
std::unique_ptr<Host> openKernelHost(const HostOptions&, Fault& fault) { fault = {"EPROTONOSUPPORT", "x"}; return nullptr; }
}
