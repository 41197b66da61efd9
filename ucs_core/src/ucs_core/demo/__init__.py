"""The demo city: Qingdao's real divisions, departments and published resources, and synthetic ones generated around them.

Everything here is data or makes data; nothing talks to a store. Real rows name their public source, generated rows say
that they are synthetic.
"""
