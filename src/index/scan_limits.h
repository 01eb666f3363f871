// What the memory and the processor allow a scan at best, measured.
#ifndef HASHLENS_INDEX_SCAN_LIMITS_H_
#define HASHLENS_INDEX_SCAN_LIMITS_H_

#include <cstdint>

namespace hashlens {

// Milliseconds of one core for one query over all codes.
struct ScanLimits {
  double read_ms = 0;   // reading every code once from memory: bounds a query alone
  double count_ms = 0;  // counting the bits that differ, codes in the first-level cache: bounds a
                        // query of a batch
};

// bits: 8..512. Takes the memory of the codes, and about a second.
ScanLimits MeasureScanLimits(int bits, uint64_t rows);

}  // namespace hashlens

#endif  // HASHLENS_INDEX_SCAN_LIMITS_H_
