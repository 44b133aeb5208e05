/* SPDX-License-Identifier: MIT */
/* Proves: lib/base/span.h
 * Not proved: pvhb_aligned: makes a number of a pointer, which the memory model does not know;
 */

#include "base.h"

/*@
  // What Frama-C's theory of bits has as a lemma (uint_land_range), but keeps from the provers: a
  // number of which bits are left out is no greater.
  axiomatic masks {
    axiom masked: \forall integer x, mask; 0 <= x ==> 0 <= (x & mask) <= x;
  }
*/
